//! The bodies of the fuzz targets in `fuzz/`. They are run over a corpus as plain tests, too.

use serde::Serialize;
use serde::de::DeserializeOwned;
use sumo_client::api::entities::Entity;
use sumo_client::api::health_events::HealthEventPage;
use sumo_client::api::insights::Insight;
use sumo_client::api::rules::Rule;
use sumo_client::api::signals::Signal;
use sumo_client::query::{Query, insights};
use sumo_client::{Error, Page, TokenPage, envelope};

/// Any answer is read or refused; an answer that is read can be written and is the same when read
/// again.
pub fn envelope(body: &[u8]) {
    check_answer::<Page<Insight>>(body);
    check_answer::<TokenPage<Signal>>(body);
    check_answer::<Entity>(body);
    check_answer::<Page<Rule>>(body);
    if let Err(error) = envelope::decode_bare::<HealthEventPage>(body) {
        assert!(error.excerpt().len() <= 80);
    }
}

fn check_answer<T: DeserializeOwned + Serialize>(body: &[u8]) {
    let answer: T = match envelope::decode(body) {
        Ok(answer) => answer,
        Err(error) => {
            assert!(error.excerpt().len() <= 80);
            return;
        }
    };
    let written = serde_json::to_string(&answer).expect("what was read can be written");
    let again: T = serde_json::from_str(&written).expect("what was written can be read");
    let rewritten = serde_json::to_string(&again).expect("it can be written again");
    assert_eq!(written, rewritten);
}

/// Any error answer gives an error of bounded size on one line. The first two bytes are the status.
pub fn error_answer(input: &[u8]) {
    let (status, body) = input.split_at_checked(2).unwrap_or((&[], input));
    let status = status.iter().fold(0, |status, byte| status * 256 + u16::from(*byte));
    let error = Error::from_status(status % 1_000, &String::from_utf8_lossy(body));
    assert!(error.body().is_none_or(|body| body.len() <= 4 * 1024));
    let line = error.to_string();
    assert!(line.len() < 2 * 1024 && !line.contains('\n'), "{line}");
}

/// No value leaves its clause. Values are separated by zero bytes.
pub fn query(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let values: Vec<&str> = text.split('\0').collect();
    let first = values.first().copied().unwrap_or_default();
    let query = Query::new()
        .and(!insights::NAME.equals(first))
        .and(insights::STATUS.one_of(&values))
        .and(insights::DESCRIPTION.contains(first));
    let (read, around) = read(query.as_str()).expect("every quote is closed");
    let places = vec!["_"; values.len()].join(",");
    assert_eq!(around, format!("-name:_ status:in({places}) description:contains(_)"));
    let given = std::iter::once(&first).chain(&values).chain(std::iter::once(&first));
    assert!(read.iter().eq(given.map(|value| value.to_owned()).collect::<Vec<_>>().iter()), "{query}");
}

/// Free text stays one text: a plain word, or in quotes.
pub fn free_text(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let query = Query::new().text(&text).and(insights::ID.equals("x"));
    let (values, around) = read(query.as_str()).expect("every quote is closed");
    match values.as_slice() {
        [_id] if text.is_empty() => assert_eq!(around, "id:_"),
        [_id] => {
            assert_eq!(around, format!("{text} id:_"));
            assert!(!text.starts_with('-') && !text.contains([' ', ':', '"', '\\', '+', '(']), "{query}");
        }
        [quoted, _id] => assert_eq!((quoted.as_str(), around.as_str()), (&*text, "_ id:_")),
        _ => panic!("{query} has other quotes than its own"),
    }
}

/// Returns the quoted values of a query, and the text around them, as a reader of the language sees
/// them.
fn read(query: &str) -> Option<(Vec<String>, String)> {
    let (mut values, mut around) = (Vec::new(), String::new());
    let mut characters = query.chars();
    while let Some(character) = characters.next() {
        if character != '"' {
            around.push(character);
            continue;
        }
        let mut value = String::new();
        loop {
            match characters.next()? {
                '"' => break,
                '\\' => value.push(characters.next()?),
                other => value.push(other),
            }
        }
        values.push(value);
        around.push('_');
    }
    Some((values, around))
}
