//! Observables as cyber-observable objects and as patterns of STIX.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde_json::{Value, json};

use super::object::{Object, observable_id};
use crate::shared::Observable;
use crate::vocabulary::ObservableTypeIdentifier as Type;

/// Returns the objects for an observable, the one that stands for it last; none if STIX has no
/// object for its type or cannot hold its value.
pub(super) fn objects(observable: &Observable) -> Option<Vec<Object>> {
    let value = observable.value.as_str();
    if value.is_empty() {
        return None;
    }
    let one = |stix_type: &str, property: &str| Some(vec![simple(stix_type, &[(property, json!(value))])]);
    match &observable.r#type {
        Type::Ip | Type::Ipv6 => one(address_type(value)?, "value"),
        Type::Domain | Type::Hostname => one("domain-name", "value"),
        Type::Url => one("url", "value"),
        Type::Email => one("email-addr", "value"),
        Type::MacAddress => Some(vec![simple("mac-addr", &[("value", json!(mac_address(value)?))])]),
        Type::Md5 => hashed("MD5", 32, value),
        Type::Sha1 => hashed("SHA-1", 40, value),
        Type::Sha256 => hashed("SHA-256", 64, value),
        Type::FileName | Type::ProcessName => one("file", "name"),
        Type::FilePath | Type::ProcessPath => file_in_directory(value),
        Type::Mutex => one("mutex", "name"),
        Type::RegistryKey => one("windows-registry-key", "key"),
        Type::User | Type::ProcessUsername => one("user-account", "account_login"),
        Type::PkiSerial => one("x509-certificate", "serial_number"),
        Type::EmailSubject => Some(vec![email_message(value)]),
        _ => None,
    }
}

/// Returns the pattern that matches the value of an observable; none without an object for it.
pub(super) fn pattern(observable: &Observable) -> Option<String> {
    let objects = objects(observable)?;
    let object = objects.last()?;
    let stix_type = object.get("type")?.as_str()?;
    let terms: Vec<String> = match stix_type {
        "file" if objects.len() > 1 => {
            let directory = objects.first()?.get("path")?.as_str()?;
            let name = object.get("name")?.as_str()?;
            vec![
                format!("file:name = {}", quoted(name)),
                format!("file:parent_directory_ref.path = {}", quoted(directory)),
            ]
        }
        "email-message" => vec![format!("email-message:subject = {}", quoted(&observable.value))],
        _ => object.iter().filter_map(|(property, value)| term(stix_type, property, value)).collect(),
    };
    Some(format!("[{}]", terms.join(" AND ")))
}

/// Returns the comparison for one property that says something of the observable.
fn term(stix_type: &str, property: &str, value: &Value) -> Option<String> {
    match (property, value) {
        ("type" | "spec_version" | "id", _) => None,
        (_, Value::String(text)) => Some(format!("{stix_type}:{property} = {}", quoted(text))),
        (_, Value::Object(hashes)) => {
            let (algorithm, hash) = hashes.iter().next()?;
            Some(format!("{stix_type}:{property}.{} = {}", quoted(algorithm), quoted(hash.as_str()?)))
        }
        _ => None,
    }
}

/// Returns a text of the pattern language.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// Returns an object all of whose properties contribute to its id.
fn simple(stix_type: &str, properties: &[(&str, Value)]) -> Object {
    let contributing: BTreeMap<&str, Value> = properties.iter().cloned().collect();
    let mut object = Object::new();
    object.insert("type".to_owned(), json!(stix_type));
    object.insert("spec_version".to_owned(), json!("2.1"));
    object.insert("id".to_owned(), json!(observable_id(stix_type, &contributing)));
    object.extend(contributing.into_iter().map(|(name, value)| (name.to_owned(), value)));
    object
}

fn hashed(algorithm: &str, length: usize, hash: &str) -> Option<Vec<Object>> {
    let is_hash = hash.len() == length && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    let hashes = json!({ algorithm: hash.to_ascii_lowercase() });
    is_hash.then(|| vec![simple("file", &[("hashes", hashes)])])
}

/// Returns the directory and the file that a path names; the file alone if the path has no
/// directory.
fn file_in_directory(path: &str) -> Option<Vec<Object>> {
    let Some((directory, name)) = path.rsplit_once(['/', '\\']) else {
        return Some(vec![simple("file", &[("name", json!(path))])]);
    };
    // What remains of `/name` is the root directory.
    let directory = if directory.is_empty() { path.get(..1)? } else { directory };
    let directory = simple("directory", &[("path", json!(directory))]);
    if name.is_empty() {
        return Some(vec![directory]);
    }
    let parent = directory.get("id")?.clone();
    let file = simple("file", &[("name", json!(name)), ("parent_directory_ref", parent)]);
    Some(vec![directory, file])
}

/// Returns a message of which the subject alone is known.
fn email_message(subject: &str) -> Object {
    let mut message = simple("email-message", &[("subject", json!(subject))]);
    // Required, and not a part of the id.
    message.insert("is_multipart".to_owned(), json!(false));
    message
}

/// Returns the type of object for an address or a network in CIDR notation.
fn address_type(text: &str) -> Option<&'static str> {
    let (address, length) = text.split_once('/').map_or((text, None), |(front, back)| (front, Some(back)));
    let (stix_type, most) = match address.parse().ok()? {
        IpAddr::V4(_) => ("ipv4-addr", 32),
        IpAddr::V6(_) => ("ipv6-addr", 128),
    };
    let is_right = length.is_none_or(|length| length.parse::<u8>().is_ok_and(|length| length <= most));
    is_right.then_some(stix_type)
}

/// Returns six pairs of lower-case digits with colons, as STIX wants an address written.
fn mac_address(text: &str) -> Option<String> {
    let digits: Vec<char> = text.chars().filter(|letter| !matches!(letter, ':' | '-' | '.')).collect();
    if digits.len() != 12 || !digits.iter().all(char::is_ascii_hexdigit) {
        return None;
    }
    let pairs: Vec<String> = digits.chunks(2).map(|pair| pair.iter().collect()).collect();
    Some(pairs.join(":").to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(r#type: &str, value: &str) -> Option<String> {
        let objects = objects(&Observable::new(r#type, value))?;
        objects.last()?.get("id")?.as_str().map(str::to_owned)
    }

    /// Ids that the reference implementation of the OASIS committee gives.
    #[test]
    fn ids_are_those_of_every_producer() {
        for (r#type, value, expected) in [
            ("ip", "198.51.100.3", "ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4"),
            ("domain", "example.com", "domain-name--bedb4899-d24b-5401-bc86-8f6b4cc18ec7"),
            ("url", "https://example.com/?a=b&c", "url--45d2cf59-6eb9-5f1b-b685-32427262b498"),
            ("md5", "d41d8cd98f00b204e9800998ecf8427e", "file--02fff920-f614-527c-81d1-6353633a6d21"),
            ("file_path", "/tmp/a.sh", "file--42c45abb-7cb1-58b4-ae1e-e5681e2fbada"),
            ("file_path", "/tmp/", "directory--9d5142ea-3041-5292-b76f-5b9091552621"),
            ("mac_address", "00-1B-44-11-3A-B7", "mac-addr--8ea8ba43-a4e7-5069-b0d2-78f3def129bf"),
            ("mutex", "m", "mutex--07f2b411-b577-5759-885d-c3058bce0b29"),
            ("registry_key", "HKLM\\Software", "windows-registry-key--298c8dd6-a508-5635-933c-412ff653cd7c"),
            ("pki_serial", "01:ab", "x509-certificate--bd4d0df1-1b03-56ca-bb4c-ee3097df8c02"),
            ("email_subject", "Hello", "email-message--5a02a207-7683-56d8-8397-d8b22faeccb5"),
            ("user", "J\u{f6}rg \"x\" \\ \u{7f}\t", "user-account--b44b676e-b1c2-5f25-9b30-eb1a01b24d89"),
        ] {
            assert_eq!(id(r#type, value).as_deref(), Some(expected), "{value}");
        }
    }

    #[test]
    fn spellings_that_differ_give_one_object() {
        let hash = "D41D8CD98F00B204E9800998ECF8427E";
        assert_eq!(id("md5", hash), id("md5", &hash.to_lowercase()));
        assert_eq!(id("mac_address", "00-1B-44-11-3A-B7"), id("mac_address", "001b.4411.3ab7"));
    }

    #[test]
    fn patterns_name_the_value() {
        for (r#type, value, expected) in [
            ("ip", "198.51.100.7", Some("[ipv4-addr:value = '198.51.100.7']")),
            ("mutex", r"it's\mine", Some(r"[mutex:name = 'it\'s\\mine']")),
            (
                "md5",
                "d41d8cd98f00b204e9800998ecf8427e",
                Some("[file:hashes.'MD5' = 'd41d8cd98f00b204e9800998ecf8427e']"),
            ),
            (
                "file_path",
                "/tmp/a.sh",
                Some("[file:name = 'a.sh' AND file:parent_directory_ref.path = '/tmp']"),
            ),
            ("file_path", "/a.sh", Some("[file:name = 'a.sh' AND file:parent_directory_ref.path = '/']")),
            ("file_path", "/tmp/", Some("[directory:path = '/tmp']")),
            ("email_subject", "Hello", Some("[email-message:subject = 'Hello']")),
            ("md5", "no hash", None),
            ("mac_address", "00:1b", None),
            ("ip", "2001:db8::/32", Some("[ipv6-addr:value = '2001:db8::/32']")),
            ("ip", "198.51.100.0/33", None),
            ("ip", "", None),
            ("user_agent", "curl", None),
            ("of_my_own", "x", None),
        ] {
            let observable = Observable::new(r#type, value);
            assert_eq!(pattern(&observable).as_deref(), expected, "{value}");
        }
    }
}
