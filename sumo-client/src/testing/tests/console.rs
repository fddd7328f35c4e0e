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
        ("/sec/", 404, &["Not found"]),
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
async fn nothing_of_an_object_or_a_search_becomes_markup() {
    let data = DataSet::new().signals([json!({
        "id": "\"><script>id</script>", "name": "<script>name</script>", "x<y": "</pre><img src=x onerror=y>",
        "allRecords": [],
    })]);
    let siem = CloudSiem::builder().data(data).build().unwrap();
    for path in [
        "/sec/signal/%22%3E%3Cscript%3Eid%3C%2Fscript%3E",
        "/sec/search?q=%3Cscript%3E",
        "/sec/search?q=%22%3E%3Cimg%20onerror%3Dx%3E",
    ] {
        let (status, page) = get(&siem, Method::GET, path).await;
        assert_eq!(status, 200, "{path}");
        assert!(!page.contains("<script") && !page.contains("<img"), "{page}");
    }
}
