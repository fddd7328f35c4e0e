//! Each action from its offer to its undo, with faults at each step: never two writes, never
//! success without one.

use http::StatusCode;
use sumo_client::testing::{Fault, Operation, When};

use crate::{Desk, IP, assert_failure, assert_success};

/// An action, its reverse, and the writes that they take.
#[derive(Clone, Copy, Debug)]
struct Case {
    act: &'static str,
    write: Operation,
    /// The reverse and its write; none where Cloud SIEM has no way back.
    reverse: Option<(&'static str, Operation)>,
    /// True if the action is offered again at once.
    is_offered_again: bool,
    source: &'static str,
}

const fn case(act: &'static str, write: Operation, reverse: &'static str, undo: Operation) -> Case {
    Case { act, write, reverse: Some((reverse, undo)), is_offered_again: false, source: "soc" }
}

const CASES: [Case; 9] = [
    case(
        "match-list-add-173",
        Operation::AddItemsToMatchList,
        "match-list-remove-173",
        Operation::DeleteMatchListItem,
    ),
    case(
        "suppress-list-add-9",
        Operation::AddItemsToSuppressList,
        "suppress-list-remove-9",
        Operation::DeleteSuppressListItem,
    ),
    case(
        "threat-intel-add",
        Operation::AddIndicatorToThreatIntelSource,
        "threat-intel-remove",
        Operation::DeleteThreatIntelIndicator,
    ),
    Case {
        source: "platform:mine",
        ..case(
            "threat-intel-add-platform",
            Operation::UploadNormalizedIndicators,
            "threat-intel-remove-platform",
            Operation::RemoveIndicators,
        )
    },
    case(
        on_entity!("entity-tag"),
        Operation::AddEntityTags,
        on_entity!("entity-untag"),
        Operation::RemoveEntityTags,
    ),
    case(
        on_entity!("entity-suppress"),
        Operation::UpdateEntitySuppressed,
        on_entity!("entity-unsuppress"),
        Operation::UpdateEntitySuppressed,
    ),
    case(
        on_entity!("entity-criticality-High"),
        Operation::UpdateEntityCriticality,
        on_entity!("entity-no-criticality"),
        Operation::UpdateEntityCriticality,
    ),
    Case {
        act: "insight-comment-i-1",
        write: Operation::AddInsightComment,
        reverse: None,
        is_offered_again: true,
        source: "soc",
    },
    Case {
        act: "insight-progress-i-1",
        write: Operation::UpdateInsightStatus,
        reverse: None,
        is_offered_again: false,
        source: "soc",
    },
];

async fn desk(case: Case) -> Desk {
    Desk::open().await.allowing("respond_threat_source", case.source)
}

impl Case {
    fn writes(&self, desk: &Desk) -> usize {
        desk.writes().len()
    }

    async fn is_offered(&self, id: &str, desk: &Desk) -> bool {
        desk.ids("ip", IP).await.iter().any(|offered| offered == id)
    }
}

#[tokio::test]
async fn each_action_is_offered_done_offered_in_reverse_and_undone() {
    for case in CASES {
        let desk = desk(case).await;
        let (act, what) = (case.act, format!("{case:?}"));
        assert!(case.is_offered(act, &desk).await, "{what}");
        assert_success(&desk.trigger(act, "ip", IP).await, &what);
        assert_eq!((desk.world.calls(case.write), case.writes(&desk)), (1, 1), "{what}");
        assert_eq!(case.is_offered(act, &desk).await, case.is_offered_again, "{what}");
        assert_success(&desk.trigger(act, "ip", IP).await, &what);
        assert_eq!(case.writes(&desk), 1, "a repeat writes nothing: {what}");
        let Some((reverse, undo)) = case.reverse else { continue };
        assert!(case.is_offered(reverse, &desk).await, "{what}");
        assert_success(&desk.trigger(reverse, "ip", IP).await, &what);
        let undone = desk.world.siem.recorded_of(undo).len();
        assert_eq!((undone, case.writes(&desk)), (if undo == case.write { 2 } else { 1 }, 2), "{what}");
        assert!(case.is_offered(act, &desk).await, "{what}");
        assert!(!case.is_offered(reverse, &desk).await, "{what}");
        assert_success(&desk.trigger(reverse, "ip", IP).await, &what);
        if undo != Operation::RemoveIndicators {
            assert_eq!(case.writes(&desk), 2, "a repeat of the reverse writes nothing: {what}");
        }
    }
}

#[tokio::test]
async fn refused_writes_fail_once_and_can_be_tried_again() {
    for case in CASES {
        for (status, code) in [
            (StatusCode::FORBIDDEN, "Forbidden"),
            (StatusCode::NOT_FOUND, "Not Found"),
            (StatusCode::BAD_REQUEST, "Bad Request"),
        ] {
            let desk = desk(case).await;
            let what = format!("{status} for {case:?}");
            desk.world.siem.inject(When::operation(case.write).times(1), Fault::status(status));
            let message = assert_failure(&desk.trigger(case.act, "ip", IP).await, code, &what);
            let rights = message.matches("the right ").count();
            assert_eq!(rights, usize::from(status == StatusCode::FORBIDDEN), "told once: {message}");
            assert_eq!(case.writes(&desk), 1, "{what}");
            assert!(case.is_offered(case.act, &desk).await, "{what}");
            assert_success(&desk.trigger(case.act, "ip", IP).await, &what);
            assert_eq!(case.writes(&desk), 2, "{what}");
            let Some((reverse, undo)) = case.reverse else { continue };
            desk.world.siem.inject(When::operation(undo).times(1), Fault::status(StatusCode::FORBIDDEN));
            assert_failure(&desk.trigger(reverse, "ip", IP).await, "Forbidden", &what);
            assert!(case.is_offered(reverse, &desk).await, "{what}");
            assert_success(&desk.trigger(reverse, "ip", IP).await, &what);
            assert!(case.is_offered(case.act, &desk).await, "{what}");
        }
    }
}

fn is_post(operation: Operation) -> bool {
    operation.method() == http::Method::POST
}

#[tokio::test]
async fn too_many_calls_are_no_reason_for_a_second_post() {
    for case in CASES.into_iter().filter(|case| is_post(case.write)) {
        let desk = desk(case).await;
        let what = format!("{case:?}");
        desk.world.siem.inject(When::operation(case.write).times(1), Fault::rate_limited(Some(1)));
        assert_failure(&desk.trigger(case.act, "ip", IP).await, "Too Many Requests", &what);
        assert_eq!(case.writes(&desk), 1, "{what}");
    }
}

#[tokio::test]
async fn lost_answers_of_posts_are_unknown_and_never_sent_again() {
    for case in CASES.into_iter().filter(|case| is_post(case.write)) {
        for (name, fault) in [
            ("broken before the answer", Fault::reset_before_headers()),
            ("broken within the answer", Fault::reset_after_headers()),
            ("cut off", Fault::truncated_body()),
            ("not JSON", Fault::invalid_json().carried_out(true)),
        ] {
            // The upload has no body that could be lost.
            if case.write == Operation::UploadNormalizedIndicators && name != "broken before the answer" {
                continue;
            }
            let desk = desk(case).await;
            let what = format!("{name}: {case:?}");
            desk.world.siem.inject(When::operation(case.write).times(1), fault);
            assert_failure(&desk.trigger(case.act, "ip", IP).await, "outcome unknown", &what);
            assert_eq!(case.writes(&desk), 1, "{what}");
            // It was carried out: the next trigger finds it, or says again that it does not know.
            let again = desk.trigger(case.act, "ip", IP).await;
            if case.write == Operation::UploadNormalizedIndicators {
                assert_failure(&again, "outcome unknown", &what);
            } else {
                assert_success(&again, &what);
            }
            assert_eq!(case.writes(&desk), 1, "{what}");
        }
        let desk = desk(case).await;
        let what = format!("lost before it was done: {case:?}");
        desk.world
            .siem
            .inject(When::operation(case.write).times(1), Fault::reset_before_headers().carried_out(false));
        assert_failure(&desk.trigger(case.act, "ip", IP).await, "outcome unknown", &what);
        let again = desk.trigger(case.act, "ip", IP).await;
        if case.write == Operation::AddEntityTags {
            // Tags are seen at once, so it is known that it was not done.
            assert_success(&again, &what);
        } else {
            assert_failure(&again, "outcome unknown", &what);
            assert_eq!(case.writes(&desk), 1, "{what}");
        }
    }
}

#[tokio::test]
async fn broken_connections_of_other_writes_are_sent_again() {
    for case in CASES {
        let writes = [(case.act, case.write)].into_iter().chain(case.reverse);
        let desk = desk(case).await;
        for (act, write) in writes {
            let what = format!("{act} of {case:?}");
            if !is_post(write) {
                desk.world.siem.inject(When::operation(write).times(1), Fault::reset_before_headers());
            }
            assert_success(&desk.trigger(act, "ip", IP).await, &what);
        }
    }
}

#[tokio::test]
async fn a_lost_answer_is_unknown_whatever_later_attempts_end_with() {
    let suppress = Operation::UpdateEntitySuppressed;
    let desk = Desk::open().await;
    desk.world.siem.inject(When::operation(suppress).times(1), Fault::reset_before_headers());
    desk.world.siem.inject(When::operation(suppress).skip(1).times(3), Fault::rate_limited(Some(0)));
    assert_failure(
        &desk.trigger(on_entity!("entity-suppress"), "ip", IP).await,
        "outcome unknown",
        "a lost answer",
    );
    assert_eq!(desk.world.calls(suppress), 4);
    assert_success(&desk.trigger(on_entity!("entity-suppress"), "ip", IP).await, "it was done");
    assert_eq!(desk.world.calls(suppress), 4, "and is not done again");

    let desk = Desk::open().await;
    desk.world.siem.inject(When::operation(suppress), Fault::rate_limited(Some(0)));
    assert_failure(
        &desk.trigger(on_entity!("entity-suppress"), "ip", IP).await,
        "Too Many Requests",
        "never let in",
    );
    assert_eq!(desk.world.calls(suppress), 4);
}

#[tokio::test]
async fn equal_triggers_at_once_are_one_write_with_one_answer() {
    for case in CASES {
        let desk = desk(case).await;
        desk.world.siem.set_latency(std::time::Duration::from_millis(30));
        let triggers = (0..8).map(|_| desk.trigger(case.act, "ip", IP));
        for answer in futures_util::future::join_all(triggers).await {
            assert_success(&answer, case.act);
        }
        assert_eq!(case.writes(&desk), 1, "{case:?}");
    }
}

#[tokio::test]
async fn entities_of_several_zones_have_an_action_each() {
    let desk = Desk::open().await;
    let tags: Vec<String> =
        desk.ids("ip", IP).await.into_iter().filter(|id| id.starts_with("entity-tag")).collect();
    assert_eq!(tags.len(), 2, "{tags:?}");
    let zoned = tags.iter().find(|id| id.as_str() != on_entity!("entity-tag")).unwrap();
    assert_success(&desk.trigger(zoned, "ip", IP).await, "the zone");
    assert_eq!(desk.writes()[0].path, "/api/sec/v1/entities/_ip-198.51.100.24-lab/tags");
}

#[tokio::test]
async fn a_second_key_writes() {
    use sumo_client::testing::Right;

    let readers = [Right::ViewCse, Right::ViewMatchLists];
    let siem = |siem: sumo_client::testing::CloudSiemBuilder| siem.credentials("writer", "write-key");
    let desk = Desk::with(crate::everything(), siem, |_| {}).await;
    assert!(desk.world.siem.set_rights(crate::common::ACCESS_ID, readers));
    let message =
        assert_failure(&desk.trigger("match-list-add-173", "ip", IP).await, "Forbidden", "the first key");
    assert!(message.contains("cseManageMatchLists"), "{message}");
    let desk = desk.allowing("respond_access_id", "writer").allowing("respond_access_key", "write-key");
    assert_success(&desk.trigger("match-list-add-173", "ip", IP).await, "the second key");
    let (reads, writes): (Vec<_>, Vec<_>) =
        desk.world.siem.recorded().into_iter().partition(|call| call.method == http::Method::GET);
    assert!(reads.iter().all(|call| call.access_id.as_deref() == Some(crate::common::ACCESS_ID)));
    assert_eq!(writes.last().unwrap().access_id.as_deref(), Some("writer"));
    let desk = desk.allowing("respond_access_key", "");
    assert_failure(
        &desk.trigger("match-list-remove-173", "ip", IP).await,
        "action not allowed",
        "half a key",
    );
    assert!(desk.ids("ip", IP).await.is_empty());
}

#[tokio::test]
async fn a_frozen_source_is_told_with_the_way_out() {
    let desk = Desk::open().await;
    let fault = Fault::status(StatusCode::BAD_REQUEST);
    desk.world.siem.inject(When::operation(Operation::AddIndicatorToThreatIntelSource), fault);
    let message = assert_failure(&desk.trigger("threat-intel-add", "ip", IP).await, "Bad Request", "frozen");
    assert!(message.contains("platform:NAME"), "{message}");
    let desk = desk.allowing("respond_threat_source", "vendor");
    assert!(!desk.ids("ip", IP).await.iter().any(|id| id.starts_with("threat-intel")));
    assert_failure(
        &desk.trigger("threat-intel-add", "ip", IP).await,
        "action not allowed",
        "fed by a vendor",
    );
}
