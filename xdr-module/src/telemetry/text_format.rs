//! Metrics in the text format that Prometheus had before OpenMetrics, for older scrapers and for
//! `promtool check metrics`.

use std::collections::HashMap;

/// Returns metrics in OpenMetrics as the classic format: the sample's name in the lines about it,
/// `gauge` for `info`.
pub(super) fn to_classic(open_metrics: &str) -> String {
    let kinds: HashMap<&str, &str> =
        open_metrics.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' ')).collect();
    let mut classic = String::with_capacity(open_metrics.len());
    for line in open_metrics.lines().filter(|line| *line != "# EOF" && !line.starts_with("# UNIT ")) {
        match comment(line, &kinds) {
            Some(comment) => classic.push_str(&comment),
            None => classic.push_str(line),
        }
        classic.push('\n');
    }
    classic
}

/// Returns the line about a metric whose samples have another name than the metric.
fn comment(line: &str, kinds: &HashMap<&str, &str>) -> Option<String> {
    let (keyword, rest) = line.strip_prefix("# ")?.split_once(' ')?;
    let (name, text) = rest.split_once(' ')?;
    let (suffix, kind) = match *kinds.get(name)? {
        "counter" => ("_total", "counter"),
        "info" => ("_info", "gauge"),
        "unknown" => ("", "untyped"),
        _ => return None,
    };
    let text = if keyword == "TYPE" { kind } else { text };
    Some(format!("# {keyword} {name}{suffix} {text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_samples() {
        let open = "# HELP a Things.\n# TYPE a counter\na_total 1\n# HELP b The build.\n# TYPE b info\nb_info{v=\"1\"} 1\n\
                    # HELP c Level.\n# TYPE c gauge\n# UNIT c seconds\nc 2\n# EOF\n";
        let classic = "# HELP a_total Things.\n# TYPE a_total counter\na_total 1\n# HELP b_info The build.\n\
                       # TYPE b_info gauge\nb_info{v=\"1\"} 1\n# HELP c Level.\n# TYPE c gauge\nc 2\n";
        assert_eq!(to_classic(open), classic);
    }
}
