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
    /// A kind of mistake that leads to vulnerabilities, as in CWE.
    pub struct Weakness is "Weakness", "weakness", created as NewWeakness is "NewWeakness" {
        /// A short description of the weakness. Required; Markdown of at most 5000 UTF-16 units.
        required description: String as Markdown;
        /// The level of abstraction. Optional.
        optional abstraction_level: WeaknessAbstractionLevel;
        /// Resources of a system that it affects. Optional.
        list affected_resources: SystemResource;
        /// Other names by which it is known. Optional.
        list alternate_terms: AlternateTerm;
        /// Hardware architectures that have it. Optional.
        list architectures: Architecture;
        /// Background that is needed to understand it. Optional; Markdown of at most 5000 UTF-16
        /// units.
        optional background_details: String as Markdown;
        /// Common consequences of exploiting it. Optional.
        list common_consequences: Consequence;
        /// Methods of detection. Optional.
        list detection_methods: DetectionMethod;
        /// Functional areas of software in which it occurs. Optional.
        list functional_areas: FunctionalArea;
        /// Programming languages that have it. Optional.
        list languages: Language;
        /// The likelihood of exploitation. Optional.
        optional likelihood: HighMedLow;
        /// The ways in which it is introduced into a product. Optional.
        list modes_of_introduction: ModeOfIntroduction;
        /// Remarks. Optional.
        list notes: WeaknessNote;
        /// Operating systems that have it. Optional.
        list operating_systems: OperatingSystem;
        /// Computing paradigms that have it. Optional.
        list paradigms: Paradigm;
        /// Measures that prevent or mitigate it. Optional.
        list potential_mitigations: Mitigation;
        /// Summary in one line. Optional; at most 2048 UTF-16 units.
        optional short_description: String as MedString;
        /// The person or system that states this. Optional; at most 2048 UTF-16 units.
        optional source: String as MedString;
        /// Link to the source, for people. Optional; a URI of at most 2048 UTF-16 units.
        optional source_uri: String as Uri;
        /// The structure: simple, a chain or a composite. Optional.
        optional structure: WeaknessStructure;
        /// Technologies that have it. Optional.
        list technologies: Technology;
        /// Name to show, short. Optional; at most 1024 UTF-16 units.
        optional title: String as ShortString;
    }
}

structure! {
    /// Another name of a weakness.
    pub struct AlternateTerm is "AlternateTerm" {
        /// The name. Required; at most 1024 UTF-16 units.
        required term: String as ShortString;
        /// Text that explains it at length. Optional; Markdown of at most 5000 UTF-16 units.
        optional description: String as Markdown;
    }
}

structure! {
    /// A hardware architecture that has the weakness.
    pub struct Architecture is "Architecture" {
        /// The prevalence of the weakness there. Required.
        required prevalence: Prevalence;
        /// Broad class. Optional.
        optional class: ArchitectureClass;
        /// Name. Optional; at most 1024 UTF-16 units.
        optional name: String as ShortString;
    }
}

structure! {
    /// A common consequence of exploiting a weakness.
    pub struct Consequence is "Consequence" {
        /// Security properties that it breaks. Required.
        elements scopes: ConsequenceScope;
        /// Technical impacts. Optional.
        list impacts: TechnicalImpact;
        /// The likelihood. Optional.
        optional likelihood: HighMedLow;
        /// Remark. Optional; Markdown of at most 5000 UTF-16 units.
        optional note: String as Markdown;
    }
}

structure! {
    /// A way to find a weakness.
    pub struct DetectionMethod is "DetectionMethod" {
        /// Text that explains it at length. Required; Markdown of at most 5000 UTF-16 units.
        required description: String as Markdown;
        /// The way. Required.
        required method: DetectionMethodVocab;
        /// The effectiveness. Optional.
        optional effectiveness: DetectionEffectiveness;
        /// Remarks on how well it works. Optional; Markdown of at most 5000 UTF-16 units.
        optional effectiveness_notes: String as Markdown;
    }
}

structure! {
    /// A programming language that has the weakness.
    pub struct Language is "Language" {
        /// The prevalence of the weakness there. Required.
        required prevalence: Prevalence;
        /// Broad class. Optional.
        optional class: LanguageClass;
        /// Name. Optional; at most 1024 UTF-16 units.
        optional name: String as ShortString;
    }
}

structure! {
    /// A way to prevent or soften a weakness.
    pub struct Mitigation is "Mitigation" {
        /// Text that explains it at length. Required; Markdown of at most 5000 UTF-16 units.
        required description: String as Markdown;
        /// The effectiveness. Optional.
        optional effectiveness: Effectiveness;
        /// Remarks on how well it works. Optional; Markdown of at most 5000 UTF-16 units.
        optional effectiveness_notes: String as Markdown;
        /// Phases of a product's life in which it applies. Optional.
        list phases: SoftwarePhase;
        /// The strategy that it follows. Optional.
        optional strategy: MitigationStrategy;
    }
}

structure! {
    /// A way in which a weakness is introduced into a product.
    pub struct ModeOfIntroduction is "ModeOfIntroduction" {
        /// The phase of the product's life. Required.
        required phase: SoftwarePhase;
        /// Remark. Optional; Markdown of at most 5000 UTF-16 units.
        optional note: String as Markdown;
    }
}

structure! {
    /// An operating system that has the weakness.
    pub struct OperatingSystem is "OperatingSystem" {
        /// The prevalence of the weakness there. Required.
        required prevalence: Prevalence;
        /// Broad class. Optional.
        optional class: OperatingSystemClass;
        /// Its CPE name. Optional; at most 1024 UTF-16 units.
        optional cpe_id: String as ShortString;
        /// Name. Optional; at most 1024 UTF-16 units.
        optional name: String as ShortString;
        /// Version. Optional; at most 1024 UTF-16 units.
        optional version: String as ShortString;
    }
}

structure! {
    /// A computing paradigm that has the weakness.
    pub struct Paradigm is "Paradigm" {
        /// The prevalence of the weakness there. Required.
        required prevalence: Prevalence;
        /// Name. Optional; at most 1024 UTF-16 units.
        optional name: String as ShortString;
    }
}

structure! {
    /// A technology that has the weakness.
    pub struct Technology is "Technology" {
        /// The prevalence of the weakness there. Required.
        required prevalence: Prevalence;
        /// Name. Optional; at most 1024 UTF-16 units.
        optional name: String as ShortString;
    }
}

structure! {
    /// A remark on a weakness.
    pub struct WeaknessNote is "WeaknessNote" {
        /// The remark. Required; Markdown of at most 5000 UTF-16 units.
        required note: String as Markdown;
        /// Kind of remark. Required.
        required r#type = "type": NoteType;
    }
}
