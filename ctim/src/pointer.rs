//! The place of a value inside an object, kept while its parts are visited and written as a
//! JSON pointer only when needed.

use std::fmt::Write as _;

use smallvec::SmallVec;

/// One step down into a JSON value.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

/// The steps from the root to the current value.
#[derive(Debug, Default)]
pub(crate) struct Path<'a> {
    /// Inline room for the depth of most entities, without an allocation.
    steps: SmallVec<[Step<'a>; 6]>,
}

impl<'a> Path<'a> {
    pub(crate) fn enter(&mut self, step: Step<'a>) {
        self.steps.push(step);
    }

    pub(crate) fn leave(&mut self) {
        self.steps.pop();
    }

    /// Returns the place as a JSON pointer (RFC 6901).
    pub(crate) fn pointer(&self) -> String {
        let mut pointer = String::new();
        for step in &self.steps {
            append(&mut pointer, *step);
        }
        pointer
    }
}

/// Appends one step to a JSON pointer, escaping `~` and `/`.
pub(crate) fn append(pointer: &mut String, step: Step<'_>) {
    pointer.push('/');
    match step {
        Step::Key(key) => {
            for character in key.chars() {
                match character {
                    '~' => pointer.push_str("~0"),
                    '/' => pointer.push_str("~1"),
                    other => pointer.push(other),
                }
            }
        }
        Step::Index(index) => {
            // Writing to a String cannot fail.
            let _ = write!(pointer, "{index}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_escaped_and_indexes_are_plain() {
        let mut path = Path::default();
        path.enter(Step::Key("a/b"));
        path.enter(Step::Index(3));
        path.enter(Step::Key("m~n"));
        assert_eq!(path.pointer(), "/a~1b/3/m~0n");
        path.leave();
        path.leave();
        path.leave();
        assert_eq!(path.pointer(), "");
    }
}
