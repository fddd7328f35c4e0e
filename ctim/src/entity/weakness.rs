//! Weakness, its form for creation and the parts that only it has.

use crate::ExternalReference;
use crate::id::EntityId;
use crate::time::Time;
use crate::vocabulary::{
    ArchitectureClass, ConsequenceScope, DetectionEffectiveness, DetectionMethodVocab, Effectiveness,
    FunctionalArea, HighMedLow, LanguageClass, MitigationStrategy, NoteType, OperatingSystemClass,
    Prevalence, SoftwarePhase, SystemResource, TechnicalImpact, Tlp, WeaknessAbstractionLevel,
    WeaknessStructure,
};

entity! {
    /// A class of flaw (CWE style).
    pub struct Weakness is "Weakness", "weakness", created as NewWeakness is "NewWeakness" {
        /// Short definition of the weakness (required). Required; Markdown of at most 5000 UTF-16 units.
        required description: String as Markdown;
        /// Level of abstraction. Optional.
        optional abstraction_level: WeaknessAbstractionLevel;
        /// System resources hit. Optional.
        list affected_resources: SystemResource;
        /// Other names of the weakness. Optional.
        list alternate_terms: AlternateTerm;
        /// Affected architectures. Optional.
        list architectures: Architecture;
        /// Background text. Optional; Markdown of at most 5000 UTF-16 units.
        optional background_details: String as Markdown;
        /// Usual consequences. Optional.
        list common_consequences: Consequence;
        /// How to find it. Optional.
        list detection_methods: DetectionMethod;
        /// Functional areas of software. Optional.
        list functional_areas: FunctionalArea;
        /// Affected languages. Optional.
        list languages: Language;
        /// How likely. Optional.
        optional likelihood: HighMedLow;
        /// How it gets in. Optional.
        list modes_of_introduction: ModeOfIntroduction;
        /// Remarks. Optional.
        list notes: WeaknessNote;
        /// Affected operating systems. Optional.
        list operating_systems: OperatingSystem;
        /// Affected paradigms. Optional.
        list paradigms: Paradigm;
        /// Mitigations. Optional.
        list potential_mitigations: Mitigation;
        /// One-line summary. Optional; at most 2048 UTF-16 units.
        optional short_description: String as MedString;
        /// Where the intelligence came from. Optional; at most 2048 UTF-16 units.
        optional source: String as MedString;
        /// Link to that source. Optional; a URI of at most 2048 UTF-16 units.
        optional source_uri: String as Uri;
        /// Structural nature. Optional.
        optional structure: WeaknessStructure;
        /// Affected technologies. Optional.
        list technologies: Technology;
        /// Short display name. Optional; at most 1024 UTF-16 units.
        optional title: String as ShortString;
    }
}

structure! {
    /// Another name for a weakness.
    pub struct AlternateTerm is "AlternateTerm" {
        /// The other name. Required; at most 1024 UTF-16 units.
        required term: String as ShortString;
        /// Long text. Optional; Markdown of at most 5000 UTF-16 units.
        optional description: String as Markdown;
    }
}

structure! {
    /// Hardware architecture to which a weakness applies.
    pub struct Architecture is "Architecture" {
        /// How common. Required.
        required prevalence: Prevalence;
        /// Broad class. Optional.
        optional class: ArchitectureClass;
        /// Name. Optional; at most 1024 UTF-16 units.
        optional name: String as ShortString;
    }
}

structure! {
    /// Typical effect of exploiting a weakness.
    pub struct Consequence is "Consequence" {
        /// Security properties violated. Required.
        elements scopes: ConsequenceScope;
        /// Technical impacts. Optional.
        list impacts: TechnicalImpact;
        /// How likely. Optional.
        optional likelihood: HighMedLow;
        /// Remark. Optional; Markdown of at most 5000 UTF-16 units.
        optional note: String as Markdown;
    }
}

structure! {
    /// How a weakness can be found.
    pub struct DetectionMethod is "DetectionMethod" {
        /// Long text. Required; Markdown of at most 5000 UTF-16 units.
        required description: String as Markdown;
        /// Detection method. Required.
        required method: DetectionMethodVocab;
        /// How well it works. Optional.
        optional effectiveness: DetectionEffectiveness;
        /// Remarks on effectiveness. Optional; Markdown of at most 5000 UTF-16 units.
        optional effectiveness_notes: String as Markdown;
    }
}

structure! {
    /// Programming language to which a weakness applies.
    pub struct Language is "Language" {
        /// How common. Required.
        required prevalence: Prevalence;
        /// Broad class. Optional.
        optional class: LanguageClass;
        /// Name. Optional; at most 1024 UTF-16 units.
        optional name: String as ShortString;
    }
}

structure! {
    /// How a weakness can be prevented or softened.
    pub struct Mitigation is "Mitigation" {
        /// Long text. Required; Markdown of at most 5000 UTF-16 units.
        required description: String as Markdown;
        /// How well it works. Optional.
        optional effectiveness: Effectiveness;
        /// Remarks on effectiveness. Optional; Markdown of at most 5000 UTF-16 units.
        optional effectiveness_notes: String as Markdown;
        /// Life cycle phases. Optional.
        list phases: SoftwarePhase;
        /// General strategy. Optional.
        optional strategy: MitigationStrategy;
    }
}

structure! {
    /// When in the life cycle a weakness gets in.
    pub struct ModeOfIntroduction is "ModeOfIntroduction" {
        /// Life cycle phase. Required.
        required phase: SoftwarePhase;
        /// Remark. Optional; Markdown of at most 5000 UTF-16 units.
        optional note: String as Markdown;
    }
}

structure! {
    /// Operating system to which a weakness applies.
    pub struct OperatingSystem is "OperatingSystem" {
        /// How common. Required.
        required prevalence: Prevalence;
        /// Broad class. Optional.
        optional class: OperatingSystemClass;
        /// CPE id. Optional; at most 1024 UTF-16 units.
        optional cpe_id: String as ShortString;
        /// Name. Optional; at most 1024 UTF-16 units.
        optional name: String as ShortString;
        /// Version. Optional; at most 1024 UTF-16 units.
        optional version: String as ShortString;
    }
}

structure! {
    /// Computing paradigm to which a weakness applies.
    pub struct Paradigm is "Paradigm" {
        /// How common. Required.
        required prevalence: Prevalence;
        /// Name. Optional; at most 1024 UTF-16 units.
        optional name: String as ShortString;
    }
}

structure! {
    /// Technology to which a weakness applies.
    pub struct Technology is "Technology" {
        /// How common. Required.
        required prevalence: Prevalence;
        /// Name. Optional; at most 1024 UTF-16 units.
        optional name: String as ShortString;
    }
}

structure! {
    /// Extra remark on a weakness (upstream name: Note in the weakness namespace).
    pub struct WeaknessNote is "WeaknessNote" {
        /// The note. Required; Markdown of at most 5000 UTF-16 units.
        required note: String as Markdown;
        /// Kind of note. Required.
        required r#type = "type": NoteType;
    }
}
