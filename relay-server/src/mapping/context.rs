//! All that every mapping needs beside the found thing itself, and the reading of its times and
//! texts.

use chrono::{DateTime, Utc};
use sumo_client::Timestamp;
use sumo_client::api::signals::Signal;

use crate::console::Console;
use xdr_module::contract::observable::Observable;
use xdr_module::contract::python_literal::PythonLiteral;

/// The source of the sightings and indicators.
pub(crate) const SOURCE: &str = "Sumo Logic Cloud SIEM Enterprise";

/// All that a mapping needs beside the found thing itself.
pub(crate) struct Context<'a> {
    pub(super) observable: &'a Observable,
    /// The observable as written in the names that ids of sightings are made of.
    pub(super) observable_in_names: String,
    pub(super) console: &'a Console,
    pub(super) asked: DateTime<Utc>,
}

impl<'a> Context<'a> {
    /// The context of all that was found for `observable`. `asked` is the time of the request,
    /// which stands for the time of a thing whose own cannot be read.
    pub(crate) fn new(observable: &'a Observable, console: &'a Console, asked: DateTime<Utc>) -> Self {
        Self { observable, observable_in_names: in_names(observable), console, asked }
    }
}

impl<'a> Context<'a> {
    /// Returns the observable that was asked for.
    pub(crate) fn observable(&self) -> &'a Observable {
        self.observable
    }
}

/// An observable as written in the names of sightings.
fn in_names(observable: &Observable) -> String {
    format!("{{'value': {}, 'type': {}}}", PythonLiteral(&observable.value), PythonLiteral(&observable.kind))
}

/// The time when a signal's rule first fired, as far as this signal tells.
pub(crate) fn signal_start(signal: &Signal) -> Option<ctim::Time> {
    time(signal.timestamp.as_ref())
}

/// A time of Cloud SIEM, if CTIM can hold it.
pub(super) fn time(time: Option<&Timestamp>) -> Option<ctim::Time> {
    time?.utc().map(ctim::Time::from).filter(|time| time.is_in_range())
}

/// A text that is there.
pub(super) fn given(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}
