//! Coa, its form for creation and the parts that only it has.

use crate::id::EntityId;
use crate::time::Time;
use crate::vocabulary::{
    CoaModifierDestination, CoaModifierLocation, CoaModifierMethod, CoaModifierResponse, CoaModifierSearch,
    CoaStage, CoaType, HighMedLow, OpenC2ActuatorType, OpenC2CoaType, TargetTypeVocab, Tlp,
};
use crate::{ExternalReference, ValidTime};

entity! {
    /// A course of action: what to do against a threat, for people and, as OpenC2, for machines.
    pub struct Coa is "COA", "coa", created as NewCoa is "NewCOA" {
        /// The span in which the entity holds; may be empty. Required, but not in the form for
        /// creation.
        defaulted valid_time: ValidTime;
        /// Kind of course of action. Optional.
        optional coa_type: CoaType;
        /// The expected cost. Optional.
        optional cost: HighMedLow;
        /// Text that explains it at length. Optional; Markdown of at most 5000 UTF-16 units.
        optional description: String as Markdown;
        /// The expected effectiveness. Optional.
        optional efficacy: HighMedLow;
        /// The expected impact of taking it. Optional; at most 1024 UTF-16 units.
        optional impact: String as ShortString;
        /// The objectives. Optional; each at most 1024 UTF-16 units.
        list objective: String as ShortString;
        /// The machine-readable form. Optional.
        optional open_c2_coa: OpenC2Coa;
        /// Links to related courses of action. Optional.
        list related_coas = "related_COAs": RelatedCoa;
        /// Summary in one line. Optional; at most 2048 UTF-16 units.
        optional short_description: String as MedString;
        /// The person or system that states this. Optional; at most 2048 UTF-16 units.
        optional source: String as MedString;
        /// Link to the source, for people. Optional; a URI of at most 2048 UTF-16 units.
        optional source_uri: String as Uri;
        /// Stage of incident handling. Optional.
        optional stage: CoaStage;
        /// Language of the machine-readable form; always `openc2`. Optional.
        optional structured_coa_type: String as Fixed("openc2");
        /// Name to show, short. Optional; at most 1024 UTF-16 units.
        optional title: String as ShortString;
    }
}

structure! {
    /// The action of an OpenC2 command.
    pub struct ActionType is "ActionType" {
        /// The action. Required.
        required r#type = "type": OpenC2CoaType;
    }
}

structure! {
    /// The device that carries out an OpenC2 command.
    pub struct ActuatorType is "ActuatorType" {
        /// Kind of device. Required.
        required r#type = "type": OpenC2ActuatorType;
        /// Further properties of the device. Optional; each at most 1024 UTF-16 units.
        list specifiers: String as ShortString;
    }
}

structure! {
    /// A further property of an OpenC2 command.
    pub struct AdditionalProperties is "AdditionalProperties" {
        /// The property, in free words. Required; at most 1024 UTF-16 units.
        required context: String as ShortString;
    }
}

structure! {
    /// The time, method and place of an OpenC2 command.
    pub struct ModifierType is "ModifierType" {
        /// A further property. Optional.
        optional additional_properties: AdditionalProperties;
        /// The delay before it starts; the model has a point in time here. Optional.
        optional delay: Time;
        /// The destination of the target. Optional.
        optional destination: CoaModifierDestination;
        /// The duration; the model has a point in time here. Optional.
        optional duration: Time;
        /// The frequency of repetition. Optional; at most 1024 UTF-16 units.
        optional frequency: String as ShortString;
        /// Free id. Optional; at most 1024 UTF-16 units.
        optional id: String as ShortString;
        /// The place of effect. Optional.
        optional location: CoaModifierLocation;
        /// The methods to carry it out. Optional.
        list method: CoaModifierMethod;
        /// Free option. Optional; at most 1024 UTF-16 units.
        optional option: String as ShortString;
        /// The requested response. Optional.
        optional response: CoaModifierResponse;
        /// The kind of search. Optional.
        optional search: CoaModifierSearch;
        /// Free source. Optional; at most 1024 UTF-16 units.
        optional source: String as ShortString;
        /// The span in which it holds. Optional.
        optional time: ValidTime;
    }
}

structure! {
    /// A machine-readable course of action.
    pub struct OpenC2Coa is "OpenC2COA" {
        constant "type" = "structured_coa";
        /// The action. Required.
        required action: ActionType;
        /// The device that acts. Optional.
        optional actuator: ActuatorType;
        /// Id of the command. Optional; at most 1024 UTF-16 units.
        optional id: String as ShortString;
        /// The time, method and place. Optional.
        optional modifiers: ModifierType;
        /// The target. Optional.
        optional target: TargetType;
    }
}

structure! {
    /// A link to a course of action.
    pub struct RelatedCoa is "RelatedCOA" {
        /// The course of action. Required.
        required coa_id = "COA_id": EntityId;
        /// The confidence of the source. Optional.
        optional confidence: HighMedLow;
        /// The relation of the two, in free words. Optional.
        optional relationship: String;
        /// The person or system that states this. Optional.
        optional source: String;
    }
}

structure! {
    /// The target of an OpenC2 command.
    pub struct TargetType is "TargetType" {
        /// Kind of thing. Required.
        required r#type = "type": TargetTypeVocab;
        /// The thing. Optional; at most 1024 UTF-16 units.
        optional specifiers: String as ShortString;
    }
}
