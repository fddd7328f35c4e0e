//! Lists with items, indicators and the datastore, through the client of this crate.

use super::*;
use crate::api::enrichments::ThreatType;
use crate::api::match_lists::{ListItem, MAX_VALUE_CHARS, NewListItem, NewMatchList, TargetColumn};
use crate::api::threat_intel_datastore::NormalizedIndicatorUpload;
use crate::api::threat_intel_indicators::IndicatorPart;
use crate::query::{Query, list_items};
use crate::{Client, Error};

fn item(value: &str) -> NewListItem {
    NewListItem::builder().value(value).description("test").active(true).build()
}

fn items(values: &[&str]) -> Vec<NewListItem> {
    values.iter().map(|value| item(value)).collect()
}

async fn add(client: &Client, list: &str, values: &[&str]) -> Result<bool, Error> {
    client.match_lists().add_items(list, &items(values)).send().await.map(|answer| answer.ok)
}

async fn values_of(client: &Client, list: &str) -> Vec<String> {
    let page = client.match_list_items().list().list_ids([list]).limit(1_000).send().await.unwrap();
    page.objects.into_iter().map(|item: ListItem| item.value).collect()
}

#[tokio::test(start_paused = true)]
async fn items_appear_and_vanish_late_by_the_clock_of_the_stand_in() {
    let siem = CloudSiem::builder().data(data()).build().unwrap();
    let client = siem.client().unwrap();
    let fourteen = Duration::from_secs(14);
    add(&client, "12", &["example.com"]).await.unwrap();
    siem.advance(fourteen);
    assert!(values_of(&client, "12").await.is_empty());
    assert_eq!(client.match_list_items().list_all().send().await.unwrap().objects.len(), 1);
    siem.advance(Duration::from_secs(1));
    assert_eq!(values_of(&client, "12").await, ["example.com"]);

    client.match_list_items().delete("901").send().await.unwrap();
    assert!(client.match_list_items().get("901").send().await.unwrap_err().is_not_found());
    assert!(client.match_list_items().delete("901").send().await.unwrap_err().is_not_found());
    siem.advance(fourteen);
    assert_eq!(values_of(&client, "11").await, ["192.0.2.1"]);
    // Real time counts, too: with a paused clock it passes at once.
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(values_of(&client, "11").await.is_empty());
}

#[tokio::test]
async fn values_are_asked_for_by_one_clause_whatever_is_in_them() {
    let siem = builder().build().unwrap();
    let client = siem.client().unwrap();
    let column = NewMatchList::builder().name("users").target_column(TargetColumn::Username).build();
    let list = client.match_lists().create(&column).send().await.unwrap();
    let odd = [r#"a "b" \ c"#, "a,b)", "x+y z", r"C:\", "value:in(\"q\")", "ünïcode"];
    add(&client, &list.id, &odd).await.unwrap();
    for value in odd {
        let query = Query::from(list_items::VALUE.one_of([value, "none"]));
        let found = client.match_list_items().list().q(query).send().await.unwrap();
        let found: Vec<_> = found.objects.iter().map(|item| item.value.as_str()).collect();
        assert_eq!(found, [value]);
    }
    let all = client.match_list_items().list().q(Query::from(list_items::VALUE.one_of(odd)));
    assert_eq!(all.list_ids(["11", &list.id]).send().await.unwrap().total, 6);
    assert_eq!(client.match_lists().find_by_name("users").await.unwrap().map(|list| list.id), Some(list.id));
    assert!(client.match_lists().find_by_name("Users").await.unwrap().is_none());
}

#[tokio::test]
async fn pages_are_fifty_items_and_at_most_a_thousand() {
    let siem = builder().build().unwrap();
    let client = siem.client().unwrap();
    let values: Vec<String> =
        (0..1_100).map(|number| format!("10.0.{}.{}", number / 250, number % 250)).collect();
    for values in values.chunks(1_000) {
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        add(&client, "11", &values).await.unwrap();
    }
    let list = || client.match_list_items().list().list_ids(["11"]);
    let page = list().send().await.unwrap();
    assert_eq!((page.objects.len(), page.total, page.has_next_page), (50, 1_101, true));
    assert_eq!(list().limit(5_000).send().await.unwrap().objects.len(), 1_000);
    assert_eq!(list().limit(1_000).listing().collect().await.unwrap().len(), 1_101);
    // Entities come fifty at a time, whatever is asked for.
    let many = (0..60).map(|number| json!({"id": format!("_ip-10.1.1.{number}")}));
    let siem = CloudSiem::builder().data(DataSet::new().entities(many)).build().unwrap();
    let page = siem.client().unwrap().entities().list().limit(1_000).send().await.unwrap();
    assert_eq!((page.objects.len(), page.total), (50, 60));
}

#[tokio::test]
async fn values_that_do_not_fit_are_refused_and_nothing_is_added() {
    let siem = builder().list_capacity(3).build().unwrap();
    let client = siem.client().unwrap();
    let long = "a".repeat(MAX_VALUE_CHARS + 1);
    for values in [
        &["192.0.2.7", "not an address"][..],
        &["198.51.100.24/../../174"],
        &[long.as_str()],
        &["10.0.0.1", "10.0.0.2", "10.0.0.3"],
    ] {
        let error = add(&client, "11", values).await.unwrap_err();
        assert!(error.is_rejected() && error.message().is_some(), "{error}");
    }
    assert_eq!(values_of(&client, "11").await, ["192.0.2.1"]);
    assert!(add(&client, "11", &["10.0.0.0/8", "2001:db8::/32"]).await.unwrap());
    assert!(add(&client, "none", &["10.0.0.1"]).await.unwrap_err().is_not_found());
    let unknown = NewMatchList::builder().name("n").target_column(TargetColumn::from("Nonsense")).build();
    assert!(client.match_lists().create(&unknown).send().await.unwrap_err().is_rejected());
}

#[tokio::test]
async fn a_second_add_does_as_it_was_set() {
    for (duplicates, second, count) in [
        (DuplicateItems::AddAgain, true, 2),
        (DuplicateItems::Update, true, 1),
        (DuplicateItems::Refuse, false, 1),
    ] {
        let siem = builder().duplicate_items(duplicates).plain_acknowledgements().build().unwrap();
        let client = siem.client().unwrap();
        let added = add(&client, "11", &["192.0.2.1"]).await;
        assert_eq!(added.is_ok_and(|ok| ok), second, "{duplicates:?}");
        let items = client.match_list_items().list().list_ids(["11"]).send().await.unwrap().objects;
        assert_eq!(items.len(), count, "{duplicates:?}");
        let description = items[0].meta.as_ref().and_then(|meta| meta.description.as_deref());
        assert_eq!(description == Some("test"), duplicates == DuplicateItems::Update);
    }
}

#[tokio::test]
async fn lists_are_brought_in_line_once_and_then_left_alone() {
    let siem = builder().token_page_size(100).build().unwrap();
    let client = siem.client().unwrap();
    let values: Vec<String> =
        (0..1_500).map(|number| format!("10.2.{}.{}", number / 250, number % 250)).collect();
    let wanted = || values.iter().map(|value| item(value));
    let sync = client.match_lists().sync_items("11", wanted()).remove_others(true);
    let writes =
        || siem.counts().by_operation.keys().filter(|operation| operation.method() != Method::GET).count();

    let planned = sync.clone().dry_run(true).send().await.unwrap();
    assert_eq!((planned.added, planned.removed, planned.unchanged, writes()), (1_500, 1, 0, 0));
    assert_eq!(sync.clone().send().await.unwrap(), planned);
    assert_eq!(siem.counts().of(Operation::AddItemsToMatchList), 2);
    siem.reset_counts();
    let again = sync.send().await.unwrap();
    assert_eq!((again.added, again.updated, again.removed, again.unchanged, writes()), (0, 0, 0, 1_500, 0));
    assert_eq!(again.to_string(), "0 added, 0 updated, 0 removed, 1500 unchanged");

    // Others stay unless told otherwise, and what differs is set anew.
    let one = NewListItem::builder().value("10.2.0.0").description("new words").active(false).build();
    let report = client.match_lists().sync_items("11", [one]).send().await.unwrap();
    assert_eq!((report.updated, report.removed), (1, 0));
    assert_eq!(client.match_list_items().list().list_ids(["11"]).send().await.unwrap().total, 1_500);
}

#[tokio::test]
async fn a_sync_that_fails_says_what_was_done() {
    let siem = builder().token_page_size(100).build().unwrap();
    let client = siem.client().unwrap();
    let values: Vec<String> =
        (0..1_200).map(|number| format!("10.3.{}.{}", number / 250, number % 250)).collect();
    let sync = client.match_lists().sync_items("11", values.iter().map(|value| item(value)));
    for (call, fault) in [(2, Fault::not_ok()), (1, Fault::status(StatusCode::FORBIDDEN))] {
        let siem_fault = siem.inject(When::operation(Operation::AddItemsToMatchList).nth(call), fault);
        let error = sync.clone().send().await.unwrap_err();
        siem.remove_fault(siem_fault);
        let done = error.report();
        assert!(done.added == 1_000 || done.unchanged == 1_000, "{error}");
        assert!(std::error::Error::source(&error).is_some());
    }
    let report = sync.send().await.unwrap();
    assert_eq!((report.added, report.unchanged), (200, 1_000));
}

#[tokio::test]
async fn a_sync_of_a_list_that_does_not_exist_is_an_error_also_as_a_dry_run() {
    let client = builder().build().unwrap().client().unwrap();
    for (items, is_dry_run) in [(vec![], false), (vec![], true), (vec![item("192.0.2.1")], true)] {
        let sync = client.match_lists().sync_items("no-such-list", items).dry_run(is_dry_run);
        let error = sync.send().await.unwrap_err();
        assert!(error.error().is_not_found(), "{error}");
    }
}

#[tokio::test]
async fn suppress_lists_are_lists_of_their_own() {
    let data = DataSet::new()
        .suppress_lists([json!({"id": "11", "name": "noise", "targetColumn": "Ip"})])
        .suppress_list_items([json!({"id": "7", "value": "192.0.2.9", "active": true, "listName": "noise"})]);
    let siem = builder().data(data).build().unwrap();
    let client = siem.client().unwrap();
    let list = client.suppress_lists().find_by_name("noise").await.unwrap().unwrap();
    assert!(client.suppress_lists().add_items(&list.id, &items(&["192.0.2.10"])).send().await.unwrap().ok);
    let page = client.suppress_list_items().list().list_ids([&list.id]).send().await.unwrap();
    assert_eq!(
        page.objects.iter().map(|item| item.value.as_str()).collect::<Vec<_>>(),
        ["192.0.2.9", "192.0.2.10"]
    );
    client.suppress_list_items().delete("7").send().await.unwrap();
    assert_eq!(client.suppress_list_items().list().send().await.unwrap().total, 1);
    assert_eq!(client.match_list_items().list().send().await.unwrap().total, 0);
}

#[tokio::test]
async fn indicators_are_added_found_with_their_source_and_deleted() {
    let data = DataSet::new()
        .threat_intel_sources([
            json!({"id": "s1", "name": "own", "sourceType": "CUSTOM"}),
            json!({"id": "s2", "name": "other", "sourceType": "CUSTOM"}),
        ])
        .threat_intel_indicators([
            json!({"id": "i1", "value": "bad.example", "active": true, "source": "own"}),
        ]);
    let siem = builder().data(data).build().unwrap();
    let client = siem.client().unwrap();
    let own = client.threat_intel_sources().find_by_name("own").await.unwrap().unwrap();
    client.threat_intel_sources().add_indicators(&own.id, &items(&["203.0.113.9"])).send().await.unwrap();
    let refused =
        client.threat_intel_sources().add_indicators(&own.id, &items(&["203.0.113.0/24"])).send().await;
    assert!(refused.unwrap_err().is_rejected());

    let query = Query::from(list_items::VALUE.one_of(["bad.example", "203.0.113.9", "x"]));
    let found = client.threat_intel_indicators().list().q(query).expand([IndicatorPart::Source]);
    let found = found.send().await.unwrap();
    assert_eq!(found.total, 2);
    assert!(found.objects.iter().all(|one| one.source.as_ref().is_some_and(|source| source.name == "own")));
    let without =
        client.threat_intel_indicators().list_all().source_name("own").listing().collect().await.unwrap();
    assert!(without.len() == 2 && without[0].source.is_none());
    assert_eq!(client.threat_intel_indicators().list().source_ids(["s2"]).send().await.unwrap().total, 0);
    client.threat_intel_indicators().delete("i1").send().await.unwrap();
    assert!(client.threat_intel_indicators().get("i1").send().await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn the_datastore_takes_an_upload_twice_as_one() {
    let siem = builder().build().unwrap();
    let client = siem.client().unwrap();
    let indicator = |id: &str| {
        NormalizedIndicatorUpload::builder()
            .id(id)
            .indicator("203.0.113.9")
            .indicator_type("ipv4-addr")
            .source("xdr")
            .valid_from(crate::Timestamp::from("2026-11-20T00:00:00Z"))
            .confidence(75)
            .threat_type(ThreatType::MaliciousActivity)
            .build()
    };
    let store = client.threat_intel_datastore();
    for _ in 0..2 {
        store.upload_normalized_indicators(&[indicator("a"), indicator("b")]).send().await.unwrap();
    }
    assert_eq!(store.status().send().await.unwrap().indicator_count, 2);
    let many: Vec<_> = (0..101).map(|number| indicator(&number.to_string())).collect();
    assert!(store.upload_normalized_indicators(&many).send().await.unwrap_err().is_rejected());
    store.remove_indicators("xdr", &["a", "unknown"]).send().await.unwrap();
    let status = store.status().send().await.unwrap();
    assert_eq!((status.indicator_count, status.source_status[0].indicator_count), (1, Some(1)));
    assert_eq!(store.set_retention_period(30).send().await.unwrap().retention_period, 30);
    store.delete().send().await.unwrap();
    assert_eq!(store.status().send().await.unwrap().indicator_count, 0);
}

#[tokio::test]
async fn data_sets_bring_enrichments_and_comments() {
    let data = data()
        .enrichments([json!({
            "entityId": "_ip-192.0.2.1", "type": "intel", "detail": {}, "reputation": "malicious",
            "normalizedIndicator": {"threatType": "malicious-activity", "confidence": 80},
        })])
        .comments([json!({"insightId": "i1", "id": "1", "body": "first"})]);
    let siem = CloudSiem::builder().data(data).build().unwrap();
    let client = siem.client().unwrap();
    let enrichments = client.entities().enrichments("_ip-192.0.2.1").send().await.unwrap();
    let indicator = enrichments[0].normalized_indicator.as_ref().unwrap();
    assert_eq!(indicator.reputation(), Some(crate::api::enrichments::Reputation::Malicious));
    assert!(!enrichments[0].extra.contains_key("entityId"));
    assert_eq!(client.insights().comments("INSIGHT-1").send().await.unwrap()[0].body, "first");
}

#[tokio::test]
async fn a_write_can_stop_in_the_middle() {
    let siem = builder().build().unwrap();
    let client = siem.client().unwrap();
    let added = When::operation(Operation::AddItemsToMatchList).times(1);
    siem.inject(added, Fault::reset_before_headers().half_done());
    let values = ["a.example", "b.example", "c.example", "d.example"];
    let error = add(&client, "12", &values).await.unwrap_err();
    assert!(error.is_interrupted() && error.attempts() == 1, "{error}");
    assert_eq!(values_of(&client, "12").await, values[..2]);

    siem.inject(
        When::operation(Operation::BulkDeleteMatchListItems).times(1),
        Fault::html(StatusCode::BAD_GATEWAY).carried_out(true).half_done(),
    );
    let page = client.match_list_items().list().list_ids(["12"]).send().await.unwrap();
    let ids: Vec<&str> = page.objects.iter().map(|item| item.id.as_str()).collect();
    assert!(client.match_list_items().bulk_delete(&ids).send().await.unwrap_err().is_server());
    assert_eq!(values_of(&client, "12").await, ["b.example"]);
}
