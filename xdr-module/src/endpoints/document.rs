//! The OpenAPI document, made of what poem-openapi knows about the endpoints that are offered.

use ctim::vocabulary::ObservableTypeIdentifier;
use poem_openapi::OpenApi;
use poem_openapi::registry::{MetaApi, MetaOperation, MetaPath, MetaTag, Registry};
use poem_openapi::types::Type;
use serde::Serialize;
use serde_json::json;

use super::apis::{ApiVisitor, visit};
use super::faults;
use super::ordered::Ordered;
use super::request::OBSERVABLE;
use super::{examples, tag};
use crate::contract::fault::HttpFault;
use crate::module::{About, Capability, Examples, Operation};

/// The version of OpenAPI that the document keeps to.
const OPENAPI_VERSION: &str = "3.0.3";

/// Returns the document of a module that offers these capabilities, as JSON text.
pub(crate) fn document(
    about: &About,
    capabilities: &[Capability],
    examples: &dyn Fn(Operation) -> Examples,
) -> String {
    let mut parts = Parts::default();
    visit(capabilities, &mut parts);
    HttpFault::register(&mut parts.registry);
    let components = Ordered::object([
        ("schemas", parts.schemas()),
        ("responses", faults::responses(&about.service())),
        ("headers", Ordered::of(&faults::headers())),
        ("securitySchemes", Ordered::of(&parts.registry.security_schemes)),
    ]);
    let document = Ordered::object([
        ("openapi", Ordered::of(&OPENAPI_VERSION)),
        ("info", info(about)),
        (
            "servers",
            Ordered::of(&json!([{"url": "/", "description": "The relay that serves this document."}])),
        ),
        ("tags", Ordered::of(&parts.tags())),
        ("paths", parts.paths(about, examples)),
        ("components", components),
    ]);
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}

/// Returns a part of the document whose descriptions are comments of the source code.
fn described(part: &impl Serialize) -> Ordered {
    let mut part = Ordered::of(part);
    part.change_texts("description", &paragraphs);
    part
}

/// Joins the lines of each paragraph: where they break is of the source code, not of the text.
fn paragraphs(text: &str) -> String {
    let join = |paragraph: &str| paragraph.lines().map(str::trim).collect::<Vec<_>>().join(" ");
    text.split("\n\n").map(join).collect::<Vec<_>>().join("\n\n")
}

fn info(about: &About) -> Ordered {
    let text = |text: &String| Ordered::of(text);
    let members = [
        ("title", Some(text(&about.title))),
        ("version", Some(text(&about.version))),
        ("description", Some(&about.description).filter(|description| !description.is_empty()).map(text)),
        (
            "contact",
            about.homepage.as_ref().map(|url| Ordered::of(&json!({"name": "Maintainers", "url": url}))),
        ),
        (
            "license",
            about.license.as_ref().map(|name| Ordered::of(&json!({"name": name, "url": about.homepage}))),
        ),
    ];
    Ordered::object(members.into_iter().filter_map(|(name, value)| Some((name, value?))))
}

/// The endpoints that are offered and the schemas that they use.
#[derive(Default)]
struct Parts {
    apis: Vec<MetaApi>,
    registry: Registry,
}

impl ApiVisitor for Parts {
    fn api<A: OpenApi>(&mut self, _: A) {
        self.apis.extend(A::meta());
        A::register(&mut self.registry);
    }
}

impl Parts {
    /// The groups; what XDR calls comes first, in every viewer.
    fn tags(&self) -> Vec<&MetaTag> {
        let mut tags: Vec<_> = self.registry.tags.iter().collect();
        tags.sort_by_key(|tag| tag.name != tag::FIRST);
        tags
    }

    fn paths(&self, about: &About, examples: &dyn Fn(Operation) -> Examples) -> Ordered {
        let paths = self.apis.iter().flat_map(|api| &api.paths);
        Ordered::object(paths.map(|path| (path.path.as_str(), operations(path, about, examples))))
    }

    fn schemas(&self) -> Ordered {
        let mut schemas = described(&self.registry.schemas);
        if let Some(kind) = schemas.at(&[OBSERVABLE, "properties", "type"]) {
            let known: Vec<_> = ObservableTypeIdentifier::KNOWN.iter().map(|kind| kind.as_str()).collect();
            kind.insert("x-extensible-enum", Ordered::of(&known));
        }
        schemas
    }
}

/// Returns the operations of a path, with what poem-openapi has no place for: examples, headers,
/// the responses that all operations share, and `security` for those that need no token.
fn operations(path: &MetaPath, about: &About, of_module: &dyn Fn(Operation) -> Examples) -> Ordered {
    let mut operations = described(path);
    for MetaOperation { method, operation_id, security, .. } in &path.operations {
        let id = operation_id.unwrap_or_default();
        let Some(operation) = operations.at(&[&method.as_str().to_lowercase()]) else { continue };
        let examples = examples::of(id, about, of_module);
        add_examples(operation.at(&["requestBody", "content"]), examples.requests);
        add_examples(operation.at(&["responses", "200", "content"]), examples.replies);
        if let Some(response) = operation.at(&["responses", "200"]) {
            response.insert("headers", Ordered::object(faults::request_id()));
        }
        if let Some(responses) = operation.at(&["responses"]) {
            faults::of(id).for_each(|(status, fault)| responses.insert(&status, fault));
        }
        if security.is_empty() {
            operation.insert("security", Ordered::List(Vec::new()));
        }
    }
    operations
}

fn add_examples(content: Option<&mut Ordered>, examples: Option<Ordered>) {
    if let Some(json) = content.and_then(|content| content.at(&["application/json"]))
        && let Some(examples) = examples
    {
        json.insert("examples", examples);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_a_paragraph_are_one() {
        assert_eq!(paragraphs("one\n two\nthree\n\nfour"), "one two three\n\nfour");
    }
}
