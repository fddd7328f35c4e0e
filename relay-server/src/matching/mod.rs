//! The one rule by which a value is looked for in all that Cloud SIEM sends, with three outcomes:
//! see [`Finding`].
//!
//! A value is written in many ways. [`Matcher`] makes the forms of a value once (`forms`), reads
//! texts so that case, fangs and slashes make no difference (`reading`), and finds all forms with
//! one automaton. At each place the characters around decide if the value stands alone (`boundary`,
//! `ip_token`); they do so differently for each kind of value ([`Kind`]). One look at a text serves
//! all kinds, since Cloud SIEM is asked once for a value of several types.
//!
//! For values that stand for themselves, such as the items of a list, [`is_same`] compares as lists
//! do, and [`parent_domains`] lists the domains above a domain.

mod boundary;
mod equal;
mod finding;
mod forms;
mod in_json;
mod ip_token;
mod kind;
mod matcher;
mod prefilter;
mod query_syntax;
mod reading;

#[cfg(test)]
mod cases;

pub(crate) use self::equal::{is_same, normal_form, parent_domains};
pub(crate) use self::finding::{Finding, Findings};
pub(crate) use self::kind::Kind;
pub(crate) use self::matcher::Matcher;
pub(crate) use self::query_syntax::is_plain_word;
