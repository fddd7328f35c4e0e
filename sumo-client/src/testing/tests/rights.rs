//! Rights of keys, and keys that cease to be good.

use super::*;
use crate::credentials::Credentials;

#[tokio::test]
async fn a_key_without_a_right_gets_403_in_the_shape_of_the_gateway() {
    let rights = [Right::ViewCse, Right::ViewMatchLists];
    let siem = builder().credentials("all", "k").credentials_with_rights("few", "k", rights).build().unwrap();
    let few = siem.client_builder_for(Credentials::new("few", "k")).build().unwrap();
    let all = siem.client().unwrap();
    few.insights().list().send().await.unwrap();
    few.match_list_items().list().send().await.unwrap();
    few.health_events().list().send().await.unwrap();
    let error = few.match_list_items().delete("901").send().await.unwrap_err();
    assert!(error.is_forbidden());
    assert_eq!((error.code(), error.status()), (Some("forbidden"), Some(StatusCode::FORBIDDEN)));
    assert!(few.entities().list().send().await.unwrap_err().is_forbidden());
    assert!(few.threat_intel_datastore().status().send().await.unwrap_err().is_forbidden());
    all.match_list_items().delete("901").send().await.unwrap();

    assert!(siem.set_rights("few", Right::ALL.iter().copied()));
    few.entities().list().send().await.unwrap();
    // Without the right to Cloud SIEM no other one counts.
    assert!(siem.set_rights("few", [Right::ViewEntity, Right::ViewThreatIntelDataStore]));
    assert!(few.entities().list().send().await.unwrap_err().is_forbidden());
    few.threat_intel_datastore().status().send().await.unwrap();
    assert!(!siem.set_rights("unknown", []));
}

#[tokio::test]
async fn a_revoked_key_gets_401_and_the_others_go_on() {
    let siem = builder().credentials("a", "k").credentials("b", "k").build().unwrap();
    let client = |id: &str| siem.client_builder_for(Credentials::new(id, "k")).build().unwrap();
    let (a, b) = (client("a"), client("b"));
    assert!(siem.revoke_key("a") && !siem.revoke_key("unknown"));
    assert!(a.insights().list().send().await.unwrap_err().is_authentication());
    b.insights().list().send().await.unwrap();
    assert!(siem.restore_key("a"));
    // The first client remembers the refusal for some seconds.
    let a = client("a");
    a.insights().list().send().await.unwrap();

    siem.inject(When::access_id("b"), Fault::status(StatusCode::UNAUTHORIZED));
    assert!(b.insights().list().send().await.unwrap_err().is_authentication());
    a.insights().list().send().await.unwrap();
}

#[test]
fn reading_asks_for_rights_to_view_and_writing_for_rights_to_manage() {
    for operation in Operation::ALL {
        let Some(right) = operation.right() else { continue };
        let is_view = right.as_str().to_lowercase().contains("view");
        if operation.method() == Method::GET {
            assert!(is_view, "{operation} needs {right}");
        }
    }
    assert_eq!(Operation::AddItemsToMatchList.right(), Some(Right::ManageMatchLists));
    assert_eq!(Operation::DeleteThreatIntelIndicator.right(), Some(Right::ManageThreatIntelligence));
    assert_eq!(Operation::ListHealthEvents.right(), None);
}
