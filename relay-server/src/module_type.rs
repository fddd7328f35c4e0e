//! The texts and fields with which the relay is registered as a module type in Cisco XDR.

use sumo_client::Deployment;
use xdr_module::Capability;
use xdr_module::module_type::{ConfigurationField, FieldType, ModuleType};

use crate::deliberate::DEFAULT_LISTS;

/// Returns the module type of a relay that offers these capabilities: texts and fields of other
/// capabilities are left out.
///
/// ```
/// use relay_server::module_type::module_type;
/// use xdr_module::Capability;
///
/// let module_type = module_type(&[Capability::Observe, Capability::Refer]);
/// assert_eq!(module_type.product_categories, ["siem"]);
/// assert!(module_type.fields.iter().all(|field| !field.key.starts_with("custom_respond")));
/// ```
pub fn module_type(capabilities: &[Capability]) -> ModuleType {
    let offers = |capability| capabilities.contains(&capability);
    let mut module_type = ModuleType::new("Sumo Logic Cloud SIEM");
    module_type.short_description =
        "Shows what **Sumo Logic Cloud SIEM** knows about an observable during an investigation.".to_owned();
    module_type.description = description(capabilities);
    module_type.tips = tips(capabilities);
    module_type.references = vec![(
        "Sumo Logic Cloud SIEM".to_owned(),
        "https://www.sumologic.com/solutions/cloud-siem-enterprise/".to_owned(),
    )];
    module_type.fields = account_fields();
    if offers(Capability::Deliberate) {
        module_type.fields.extend(judging_fields());
    }
    if offers(Capability::Respond) {
        module_type.fields.extend(respond_fields());
    }
    module_type.product_categories = vec!["siem".to_owned()];
    let texts = Capability::ALL.into_iter().filter(|capability| offers(*capability));
    module_type.capability_texts =
        texts.filter_map(|one| Some((one, capability_text(one)?.to_owned()))).collect();
    module_type
}

const DESCRIPTION: &str = "Sumo Logic Cloud SIEM turns records into signals and correlates signals into insights. This \
    integration tells during an investigation which insights and signals hold an observable, which rules gave them and \
    how they belong together, and links to the Sumo Logic console.";

fn description(capabilities: &[Capability]) -> String {
    let further = [
        (
            Capability::Deliberate,
            "It judges observables by match lists, threat intelligence and the reputation of entities.",
        ),
        (
            Capability::Tiles,
            "Tiles of the dashboard show insights, signals and how fast they are dealt with.",
        ),
        (
            Capability::Respond,
            "Response actions change match lists, threat intelligence, insights and entities, if \
            you allow it.",
        ),
    ];
    let further = further.into_iter().filter(|(capability, _)| capabilities.contains(capability));
    let texts = std::iter::once(DESCRIPTION).chain(further.map(|(_, text)| text));
    texts.collect::<Vec<_>>().join(" ")
}

fn capability_text(capability: Capability) -> Option<&'static str> {
    Some(match capability {
        Capability::Observe => "Finds sightings and indicators in insights and signals",
        Capability::Refer => "Links to the search of the Sumo Logic console",
        Capability::Deliberate => "Judges by match lists, threat intelligence and reputations",
        Capability::Respond => "Changes match lists, threat intelligence, insights and entities",
        Capability::Tiles => "Shows insights, signals, entities and health events on the dashboard",
        _ => return None,
    })
}

/// The steps of the set-up, with the rights that each feature needs.
fn tips(capabilities: &[Capability]) -> String {
    let steps = [
        "In Sumo Logic choose **Administration > Security > Access Keys** and add an access key, best of a user of its \
         own whose role has just the rights below.",
        "Keep the access ID and the access key; the key is shown once.",
        "Here, choose the API endpoint of your deployment and enter both.",
        "Save: XDR checks the configuration at once, and the health of the module names rights that are missing.",
    ];
    let steps = steps.iter().zip(1..).map(|(step, number)| format!("{number}. {step}\n")).collect::<String>();
    let rows = RIGHTS
        .iter()
        .filter(|(capability, ..)| capability.is_none_or(|capability| capabilities.contains(&capability)));
    let rows = rows.map(|(_, feature, rights)| format!("| {feature} | {rights} |\n")).collect::<String>();
    format!("{steps}\n| Feature | Rights of the role |\n| --- | --- |\n{rows}")
}

/// The rights that each feature needs, and the capability that it belongs to.
const RIGHTS: [(Option<Capability>, &str, &str); 10] = [
    (None, "All of it", "`viewCse`"),
    (Some(Capability::Deliberate), "Verdicts by match lists", "`cseViewMatchLists`"),
    (Some(Capability::Deliberate), "Verdicts by threat intelligence", "`cseViewThreatIntelligence`"),
    (Some(Capability::Deliberate), "Verdicts by reputation", "`cseViewEntity`, `cseViewEnrichments`"),
    (Some(Capability::Tiles), "Tile of active entities", "`cseViewEntity`"),
    (
        Some(Capability::Respond),
        "Actions on match lists and suppressed lists",
        "`cseManageMatchLists`, `cseManageSuppressedEntities`",
    ),
    (Some(Capability::Respond), "Actions on threat intelligence", "`cseManageThreatIntelligence`"),
    (Some(Capability::Respond), "The same in the platform's store", "`manageThreatIntelDataStore`"),
    (Some(Capability::Respond), "Actions on insights", "`cseCommentOnInsights`, `cseManageInsightStatus`"),
    (
        Some(Capability::Respond),
        "Actions on entities",
        "`cseManageEntity`, `cseManageEntityCriticality`, `cseManageSuppressedEntities`",
    ),
];

/// The heading of the fields for the account and the judgements.
const MAIN_GROUP: &str = "Sumo Logic";

/// The heading of the fields for response actions.
const RESPOND_GROUP: &str = "Response actions";

fn account_fields() -> Vec<ConfigurationField> {
    vec![
        ConfigurationField::new("custom_host", FieldType::Options, "API endpoint")
            .required()
            .with_tooltip("The API endpoint of your Sumo Logic deployment.")
            .with_options(Deployment::ALL.iter().map(Deployment::api_host))
            .in_group(MAIN_GROUP),
        ConfigurationField::new("custom_access_id", FieldType::ApiKey, "Access ID")
            .required()
            .in_group(MAIN_GROUP),
        ConfigurationField::new("custom_access_key", FieldType::ApiKey, "Access key")
            .required()
            .in_group(MAIN_GROUP),
        ConfigurationField::new("custom_CTR_ENTITIES_LIMIT", FieldType::Integer, "Entities limit")
            .with_tooltip("The most signals of one search, 1 to 100. The default is 100.")
            .in_group(MAIN_GROUP),
    ]
}

fn judging_fields() -> Vec<ConfigurationField> {
    vec![
        ConfigurationField::new("custom_deliberate_lists", FieldType::String, "Match lists that judge")
            .with_tooltip(
                "The meaning of your match lists: name=word, comma separated. Words: Clean, Malicious, \
                 Suspicious, Common, Unknown. Other lists say nothing; - turns these judgements off.",
            )
            .with_default(DEFAULT_LISTS)
            .in_group(MAIN_GROUP),
        ConfigurationField::new(
            "custom_deliberate_threat_intel",
            FieldType::String,
            "Verdict of custom threat intelligence",
        )
        .with_tooltip("Malicious (the default) or Suspicious; - turns these judgements off.")
        .in_group(MAIN_GROUP),
    ]
}

fn respond_fields() -> Vec<ConfigurationField> {
    let field = |key: &str, kind, label: &str, tooltip: &str| {
        ConfigurationField::new(key, kind, label).with_tooltip(tooltip).in_group(RESPOND_GROUP)
    };
    vec![
        field(
            "custom_respond",
            FieldType::Boolean,
            "Allow response actions",
            "The switch for all actions. Off by default: nothing is ever changed.",
        ),
        field(
            "custom_respond_match_lists",
            FieldType::String,
            "Match lists that may be changed",
            "Names of match lists, comma separated, at most 100. None by default, and no wildcards.",
        ),
        field(
            "custom_respond_suppress_lists",
            FieldType::String,
            "Suppressed lists that may be changed",
            "Names of suppressed lists, comma separated. A value on one hides every signal with it.",
        ),
        field(
            "custom_respond_threat_source",
            FieldType::String,
            "Threat intelligence source",
            "The name of an existing custom source of Cloud SIEM, or platform:name for the store of the platform.",
        ),
        field(
            "custom_respond_insights",
            FieldType::Boolean,
            "Actions on insights",
            "Comments, and the status In Progress. Off by default.",
        ),
        field(
            "custom_respond_entities",
            FieldType::Boolean,
            "Actions on entities",
            "Tags, criticality and suppression. Off by default.",
        ),
        field(
            "custom_respond_days",
            FieldType::Integer,
            "Days until added items end",
            "0 is for ever. The default is 30.",
        ),
        field(
            "custom_respond_access_id",
            FieldType::ApiKey,
            "Access ID for changes",
            "A second access key for changes, so that the first may stay read only.",
        ),
        field(
            "custom_respond_access_key",
            FieldType::ApiKey,
            "Access key for changes",
            "The key that belongs to the access ID for changes.",
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every set of capabilities.
    fn subsets() -> impl Iterator<Item = Vec<Capability>> {
        let all = Capability::ALL;
        (0..1_u32 << all.len()).map(move |set| {
            let is_in = |index: &usize| set >> index & 1 == 1;
            all.iter().enumerate().filter(|(index, _)| is_in(index)).map(|(_, one)| *one).collect()
        })
    }

    #[test]
    fn fields_rights_and_texts_are_there_for_what_is_offered_and_for_nothing_else() {
        for offered in subsets() {
            let module_type = module_type(&offered);
            let has_field = |start: &str| module_type.fields.iter().any(|field| field.key.starts_with(start));
            let deliberates = offered.contains(&Capability::Deliberate);
            let responds = offered.contains(&Capability::Respond);
            assert_eq!(has_field("custom_deliberate"), deliberates, "{offered:?}");
            assert_eq!(has_field("custom_respond"), responds, "{offered:?}");
            assert_eq!(module_type.tips.contains("cseViewThreatIntelligence"), deliberates, "{offered:?}");
            assert_eq!(module_type.tips.contains("cseManageMatchLists"), responds, "{offered:?}");
            assert!(module_type.tips.contains("`viewCse`"));
            let described: Vec<_> =
                module_type.capability_texts.iter().map(|(capability, _)| *capability).collect();
            assert_eq!(described, offered);
        }
    }

    #[test]
    fn only_the_account_is_required() {
        let fields = module_type(&Capability::ALL).fields;
        let required: Vec<_> =
            fields.iter().filter(|field| field.required).map(|field| field.key.as_str()).collect();
        assert_eq!(required, ["custom_host", "custom_access_id", "custom_access_key"]);
        let keys: std::collections::HashSet<_> = fields.iter().map(|field| &field.key).collect();
        assert_eq!((keys.len(), fields.len()), (15, 15));
        assert!(fields.iter().all(|field| field.group.is_some()));
    }
}
