//! The number of files that the process may have open: every connection is one.

use crate::http::server::ServerLimits;

/// Files for everything but the connections of the public port: the admin listener, calls, and what
/// the process itself has.
const RESERVED: usize = 256;

/// Raises the soft limit of open files to the hard one; returns the limit, where there is one.
pub(crate) fn raise_limit() -> Option<usize> {
    // The call takes no number for the most; the hard limit is the least that it goes to.
    let limit = rlimit::increase_nofile_limit(u64::MAX).ok()?;
    usize::try_from(limit).ok()
}

/// Lowers the number of connections to what the limit of open files leaves for them; returns a
/// warning when it does.
pub(crate) fn fit(limits: &mut ServerLimits, open_files: Option<usize>) -> Option<String> {
    let open_files = open_files?;
    let room = open_files.saturating_sub(RESERVED).max(1);
    if limits.max_connections <= room {
        return None;
    }
    let warning = format!(
        "RELAY_MAX_CONNECTIONS is {}, but the process may have {open_files} files open, of which {RESERVED} are kept for all \
         else: at most {room} connections are accepted at once. Raise the limit of open files (ulimit -n).",
        limits.max_connections
    );
    limits.max_connections = room;
    Some(warning)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_fit_into_the_limit_of_open_files() {
        let mut limits = ServerLimits::DEFAULT;
        assert_eq!(fit(&mut limits, None), None);
        assert_eq!(fit(&mut limits, Some(1024 + RESERVED)), None);
        assert_eq!(limits, ServerLimits::DEFAULT);
        let warning = fit(&mut limits, Some(400)).unwrap();
        assert!(warning.contains("144") && limits.max_connections == 144, "{warning}");
        fit(&mut limits, Some(10));
        assert_eq!(limits.max_connections, 1);
    }
}
