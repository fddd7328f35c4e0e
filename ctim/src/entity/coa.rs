//! Coa, its form for creation and the parts that only it has.

use crate::id::EntityId;
use crate::time::Time;
use crate::vocabulary::{
    CoaModifierDestination, CoaModifierLocation, CoaModifierMethod, CoaModifierResponse, CoaModifierSearch,
    CoaStage, CoaType, HighMedLow, OpenC2ActuatorType, OpenC2CoaType, TargetTypeVocab, Tlp,
};
use crate::{ExternalReference, ValidTime};

entity! {
    /// Course of action: what to do against a threat, optionally machine-readable (OpenC2).
    pub struct Coa is "COA", "coa", created as NewCoa is "NewCOA" {
        /// Span in which the object holds. Required, but not in the form for creation.
        defaulted valid_time: ValidTime;
        /// Kind of action. Optional.
        optional coa_type: CoaType;
        /// Estimated cost. Optional.
        optional cost: HighMedLow;
        /// Long text. Optional; Markdown of at most 5000 UTF-16 units.
        optional description: String as Markdown;
        /// Expected effectiveness. Optional.
        optional efficacy: HighMedLow;
        /// Estimated impact of doing it. Optional; at most 1024 UTF-16 units.
        optional impact: String as ShortString;
        /// What the action should reach. Optional; each at most 1024 UTF-16 units.
        list objective: String as ShortString;
        /// OpenC2 action. Optional.
        optional open_c2_coa: OpenC2Coa;
        /// Related courses of action. Optional.
        list related_coas = "related_COAs": RelatedCoa;
        /// One-line summary. Optional; at most 2048 UTF-16 units.
        optional short_description: String as MedString;
        /// Where the intelligence came from. Optional; at most 2048 UTF-16 units.
        optional source: String as MedString;
        /// Link to that source. Optional; a URI of at most 2048 UTF-16 units.
        optional source_uri: String as Uri;
        /// Stage of the threat management cycle. Optional.
        optional stage: CoaStage;
        /// Always openc2. Optional.
        optional structured_coa_type: String as Fixed("openc2");
        /// Short display name. Optional; at most 1024 UTF-16 units.
        optional title: String as ShortString;
    }
}

structure! {
    /// OpenC2 action.
    pub struct ActionType is "ActionType" {
        /// OpenC2 action. Required.
        required r#type = "type": OpenC2CoaType;
    }
}

structure! {
    /// OpenC2 actuator: the kind of device that performs the action.
    pub struct ActuatorType is "ActuatorType" {
        /// OpenC2 actuator; closed list. Required.
        required r#type = "type": OpenC2ActuatorType;
        /// Extra properties of the actuator. Optional; each at most 1024 UTF-16 units.
        list specifiers: String as ShortString;
    }
}

structure! {
    /// Free extra property of an OpenC2 modifier.
    pub struct AdditionalProperties is "AdditionalProperties" {
        /// Free context. Required; at most 1024 UTF-16 units.
        required context: String as ShortString;
    }
}

structure! {
    /// OpenC2 modifiers: when, how and where the action is done. All parts optional.
    pub struct ModifierType is "ModifierType" {
        /// One extra free property. Optional.
        optional additional_properties: AdditionalProperties;
        /// Start delay (a point in time upstream). Optional.
        optional delay: Time;
        /// OpenC2 destination kind. Optional.
        optional destination: CoaModifierDestination;
        /// Duration (a point in time upstream). Optional.
        optional duration: Time;
        /// How often. Optional; at most 1024 UTF-16 units.
        optional frequency: String as ShortString;
        /// Free id. Optional; at most 1024 UTF-16 units.
        optional id: String as ShortString;
        /// Where to act. Optional.
        optional location: CoaModifierLocation;
        /// OpenC2 methods. Optional.
        list method: CoaModifierMethod;
        /// Free option. Optional; at most 1024 UTF-16 units.
        optional option: String as ShortString;
        /// OpenC2 response kind. Optional.
        optional response: CoaModifierResponse;
        /// OpenC2 search kind. Optional.
        optional search: CoaModifierSearch;
        /// Free source. Optional; at most 1024 UTF-16 units.
        optional source: String as ShortString;
        /// Validity span. Optional.
        optional time: ValidTime;
    }
}

structure! {
    /// Machine-readable course of action.
    pub struct OpenC2Coa is "OpenC2COA" {
        constant "type" = "structured_coa";
        /// What to do. Required.
        required action: ActionType;
        /// Device kind that acts. Optional.
        optional actuator: ActuatorType;
        /// Free id. Optional; at most 1024 UTF-16 units.
        optional id: String as ShortString;
        /// How, when and where. Optional.
        optional modifiers: ModifierType;
        /// Thing acted on. Optional.
        optional target: TargetType;
    }
}

structure! {
    /// Embedded link to a course of action; used by COA.related_COAs.
    pub struct RelatedCoa is "RelatedCOA" {
        /// Reference to the course of action. Required.
        required coa_id = "COA_id": EntityId;
        /// How sure the producer is. Optional.
        optional confidence: HighMedLow;
        /// Free text relation. Optional.
        optional relationship: String;
        /// Where the intelligence came from. Optional.
        optional source: String;
    }
}

structure! {
    /// OpenC2 target: the kind of thing acted upon.
    pub struct TargetType is "TargetType" {
        /// Observable type; open list. Required.
        required r#type = "type": TargetTypeVocab;
        /// The target value. Optional; at most 1024 UTF-16 units.
        optional specifiers: String as ShortString;
    }
}
