//! Links for an analyst who wants to look an observable up in the console.

use crate::console::Console;
use xdr_module::contract::observable::Observable;
use xdr_module::contract::reference_link::ReferenceLink;

/// Returns the link that searches for `observable` in the console.
pub(crate) fn search_link(observable: &Observable, console: &Console) -> ReferenceLink {
    let name = human_name(&observable.kind);
    let kind = observable.kind.replace('_', "-");
    let id = format!("ref-sumo-logic-search-cse-{kind}-{}", observable.value);
    ReferenceLink::new(id, format!("Search for this {name}"), console.search(&observable.value))
        .with_description(format!("Lookup this {name} on Sumo Logic Cloud SIEM Enterprise console"))
        .with_categories(["Search", "SumoLogic", "Cloud SIEM Enterprise"])
}

/// Returns the common name of a type of observable; the type itself if it has no other name.
fn human_name(kind: &str) -> &str {
    match kind {
        "certificate_common_name" => "certificate common name",
        "certificate_issuer" => "certificate issuer",
        "certificate_serial" => "certificate serial",
        "cisco_mid" => "Cisco message ID",
        "cisco_uc_id" => "Cisco UC ID",
        "email_messageid" => "email message ID",
        "email_subject" => "email subject",
        "file_name" => "file name",
        "file_path" => "file path",
        "imei" => "IMEI",
        "imsi" => "IMSI",
        "ip" => "IP",
        "ipv6" => "IPv6",
        "mac_address" => "MAC address",
        "md5" => "MD5",
        "ms_machine_id" => "Microsoft machine ID",
        "ngfw_id" => "NGFW ID",
        "ngfw_name" => "NGFW name",
        "odns_identity" => "ODNS identity",
        "odns_identity_label" => "ODNS identity label",
        "orbital_node_id" => "Orbital node ID",
        "pki_serial" => "PKI serial",
        "process_name" => "process name",
        "registry_key" => "registry key",
        "registry_name" => "registry name",
        "registry_path" => "registry path",
        "s1_agent_id" => "SentinelOne agent ID",
        "sha1" => "SHA1",
        "sha256" => "SHA256",
        "swc_device_id" => "SWC device ID",
        "url" => "URL",
        "user_agent" => "user agent",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_searches_for_the_value() {
        let observable = Observable { kind: "file_path".into(), value: "C:\\a b".into() };
        let link = search_link(&observable, &Console::of_api_host("api.us2.sumologic.com"));
        assert_eq!(link.id, "ref-sumo-logic-search-cse-file-path-C:\\a b");
        assert_eq!(link.title, "Search for this file path");
        assert_eq!(link.description, "Lookup this file path on Sumo Logic Cloud SIEM Enterprise console");
        assert_eq!(link.url, "https://service.us2.sumologic.com/sec/search?q=C%3A%5Ca%20b");
        assert_eq!(link.categories, ["Search", "SumoLogic", "Cloud SIEM Enterprise"]);
    }

    #[test]
    fn types_without_a_name_of_their_own_keep_theirs() {
        for (kind, name) in [("ip", "IP"), ("domain", "domain"), ("quantum_id", "quantum_id")] {
            assert_eq!(human_name(kind), name);
        }
    }
}
