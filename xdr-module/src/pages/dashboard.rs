//! The page at `/dashboard`, which draws the tiles of the module with the token of a demonstration.

use super::landing::DemoPages;
use super::{HTML, OWN_POLICY, Page, escaped};

const PAGE: &str = include_str!("dashboard.html");

/// Returns the page of a module with this title.
pub(crate) fn page(title: &str, demo: &DemoPages) -> Page {
    let text = PAGE.replace("{title}", &escaped(title)).replace("{demo token}", &escaped(&demo.token));
    Page::made(move || text, HTML, OWN_POLICY)
}

#[cfg(test)]
mod tests {
    use poem::Request;

    use super::*;

    #[tokio::test]
    async fn the_page_has_the_token_and_no_place_left_open() {
        let page = page("A <title>", &DemoPages::new("t.o.\"ken", []));
        let text = page.respond(&Request::default()).into_body().into_string().await.unwrap();
        for shown in ["Dashboard – A &lt;title&gt;", "data-token=\"t.o.&quot;ken\""] {
            assert!(text.contains(shown), "{shown}");
        }
        assert!(!text.contains('{'));
    }
}
