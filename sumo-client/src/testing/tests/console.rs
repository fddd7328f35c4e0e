use http_body_util::Empty;

use super::*;

async fn get(siem: &CloudSiem, method: Method, path: &str) -> (StatusCode, String) {
    let request = Request::builder().method(method).uri(path).body(Empty::<Bytes>::new()).unwrap();
    let response = siem.call(request).await.unwrap();
    let status = response.status();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn links_of_the_console_lead_to_pages_without_credentials() {
    let siem = built();
    for (path, status, parts) in [
        ("/sec/insight/i2", 200, &["INSIGHT-2", "/sec/signal/s1", "/sec/signal/s2", "Stand-in"][..]),
        ("/sec/insight/INSIGHT-2", 200, &["INSIGHT-2"]),
        ("/sec/signal/s2", 200, &["Signal s2", "/sec/insight/i2", "/sec/content/rules/rule/MATCH%2DU00001"]),
        ("/sec/content/rules/rule/MATCH%2DU00001", 200, &["Rule: One"]),
        ("/sec/search?q=2001%3ADB8", 200, &["Search: 2001:DB8", "/sec/signal/s3"]),
        ("/sec/search?q=nothing+at+all", 200, &["Nothing holds this text"]),
        ("/sec/insight/none", 404, &["Not found"]),
        ("/sec/content", 200, &["Match lists", "/sec/content/match-lists/11", "INSIGHT-2"]),
        ("/sec/", 404, &["Not found"]),
        ("/sec/entity/_ip%2D192%2E0%2E2%2E1", 200, &["192.0.2.1", "/sec/insight/i2"]),
        (
            "/sec/content/match-lists/11",
            200,
            &["Match list: b-list", "<td>192.0.2.1</td><td>active</td><td>never</td>"],
        ),
        ("/sec/content/match-lists/12", 200, &["This list is empty"]),
        ("/sec/content/match-lists/none", 404, &["Not found"]),
        ("/sec/search?q=192.0.2.1", 200, &["/sec/content/match-lists/11", "/sec/entity/", "/sec/insight/i1"]),
        ("/sec/console.css", 200, &["color-scheme"]),
    ] {
        let (found, page) = get(&siem, Method::GET, path).await;
        assert_eq!(found, status, "{path}");
        for part in parts {
            assert!(page.contains(part), "{path} lacks {part}: {page}");
        }
    }
    assert_eq!(get(&siem, Method::POST, "/sec/insight/i2").await.0, 405);
    assert_eq!(siem.recorded().len(), 0, "pages are not calls of the API");
}

#[tokio::test]
async fn pages_show_what_was_changed() {
    let siem = CloudSiem::builder().data(data()).build().unwrap();
    let client = siem.client().unwrap();
    client.insights().set_status("i1", "inprogress").send().await.unwrap();
    client.insights().add_comment("i1", "seen in <XDR>").send().await.unwrap();
    client.insights().add_tag("i1", "xdr:investigated").send().await.unwrap();
    let (_, page) = get(&siem, Method::GET, "/sec/insight/i1").await;
    for part in [
        "<dd>In Progress</dd>",
        "seen in &lt;XDR&gt;",
        "Status changed",
        "vip, xdr:investigated",
        "/sec/entity/",
    ] {
        assert!(page.contains(part), "no {part}: {page}");
    }

    let item = crate::api::match_lists::NewListItem::builder().value("bad.example").description("by hand");
    client.match_lists().add_items("12", &[item.active(true).build()]).send().await.unwrap();
    let (_, page) = get(&siem, Method::GET, "/sec/content/match-lists/12").await;
    assert!(page.contains("<td>bad.example</td><td>active, not in lists of items yet</td>"), "{page}");
    siem.advance(std::time::Duration::from_secs(15));
    let (_, page) = get(&siem, Method::GET, "/sec/content/match-lists/12").await;
    assert!(page.contains("<td>bad.example</td><td>active</td><td>never</td><td>by hand</td>"), "{page}");
}

#[tokio::test]
async fn nothing_of_an_object_or_a_search_becomes_markup() {
    let data = DataSet::new().signals([json!({
        "id": "\"><script>id</script>", "name": "<script>name</script>", "x<y": "</pre><img src=x onerror=y>",
        "allRecords": [],
    })]);
    let hostile = "<script>list</script>";
    let data = data.match_lists([json!({"id": "1", "name": hostile, "targetColumn": hostile})]).match_list_items([
        json!({"id": "2", "value": hostile, "active": true, "expiration": hostile, "listName": hostile, "meta": {"description": hostile}}),
    ]);
    let siem = CloudSiem::builder().data(data).build().unwrap();
    for path in [
        "/sec/signal/%22%3E%3Cscript%3Eid%3C%2Fscript%3E",
        "/sec/search?q=%3Cscript%3E",
        "/sec/content/match-lists/1",
        "/sec/content",
        "/sec/search?q=%22%3E%3Cimg%20onerror%3Dx%3E",
    ] {
        let (status, page) = get(&siem, Method::GET, path).await;
        assert_eq!(status, 200, "{path}");
        assert!(!page.contains("<script") && !page.contains("<img"), "{page}");
    }
}

#[tokio::test]
async fn lists_show_severities_states_and_times_and_every_page_the_way_back() {
    let data = DataSet::new()
        .insights([json!({
            "id": "i", "readableId": "INSIGHT-7", "name": "Name", "severity": "CRITICAL", "signals": ["s"],
            "created": "2026-11-12T08:51:13.402118", "timestamp": "2026-11-12T08:46:41",
            "status": {"name": "new", "displayName": "New"},
        })])
        .signals([
            json!({"id": "s", "name": "Seven", "severity": 7, "timestamp": "2026-11-12T08:16:40", "allRecords": []}),
            json!({"id": "t", "name": "Odd", "severity": "<dire>", "timestamp": "<soon>", "allRecords": []}),
        ]);
    let siem = CloudSiem::builder().data(data).console_home("Back & <more>", "/?a=\"b\"").build().unwrap();
    let seven = "Seven</a> <span class=\"badge high\">severity 7</span> <time datetime=\"2026-11-12T08:16:40Z\">2026-11-12 \
                 08:16 UTC</time></li>";
    for (path, part) in [
        (
            "/sec/content",
            "<span class=\"badge critical\">critical</span> <span class=\"badge\">New</span> <time",
        ),
        ("/sec/insight/i", seven),
        ("/sec/search?q=dire", "<span class=\"badge \">&lt;dire&gt;</span> &lt;soon&gt;</li>"),
        ("/sec/insight/i", "<dt>timestamp</dt><dd><time datetime=\"2026-11-12T08:46:41Z\">"),
        ("/sec/signal/s", "<details><summary>As the API sends it</summary><pre"),
        ("/sec/insight/none", "Not found"),
    ] {
        let (_, page) = get(&siem, Method::GET, path).await;
        for part in [
            part,
            "<a href=\"/?a=&quot;b&quot;\">Back &amp; &lt;more&gt;</a>",
            "<a href=\"/sec/content\">Console</a>",
        ] {
            assert!(page.contains(part), "{path} lacks {part}: {page}");
        }
    }
    let (_, page) = get(&built(), Method::GET, "/sec/content").await;
    assert!(page.contains("<nav aria-label=\"Pages\"><ul><li><a href=\"/sec/content\">"), "{page}");
}
