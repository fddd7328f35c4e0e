//! Vocabularies of weaknesses.

vocabulary! {
    /// Classes of hardware architecture (from CWE).
    open ArchitectureClass is "ArchitectureClass" {
        Embedded = "Embedded",
        Microcomputer = "Microcomputer",
        Workstation = "Workstation",
    }
}

vocabulary! {
    /// The security property that a consequence touches (from CWE).
    open ConsequenceScope is "ConsequenceScope" {
        AccessControl = "Access Control",
        Accountability = "Accountability",
        Authentication = "Authentication",
        Authorization = "Authorization",
        Availability = "Availability",
        Confidentiality = "Confidentiality",
        Integrity = "Integrity",
        NonRepudiation = "Non-Repudiation",
    }
}

vocabulary! {
    /// The effectiveness of a detection method (from CWE).
    open DetectionEffectiveness is "DetectionEffectiveness" {
        High = "High",
        Limited = "Limited",
        Moderate = "Moderate",
        None = "None",
        Opportunistic = "Opportunistic",
        SoarPartial = "SOAR Partial",
    }
}

vocabulary! {
    /// Methods that find a weakness (from CWE).
    open DetectionMethodVocab is "DetectionMethodVocab" {
        ArchitectureOrDesignReview = "Architecture or Design Review",
        AutomatedAnalysis = "Automated Analysis",
        AutomatedDynamicAnalysis = "Automated Dynamic Analysis",
        AutomatedStaticAnalysis = "Automated Static Analysis",
        AutomatedStaticAnalysisBinaryOrBytecode = "Automated Static Analysis - Binary or Bytecode",
        AutomatedStaticAnalysisSourceCode = "Automated Static Analysis - Source Code",
        BlackBox = "Black Box",
        DynamicAnalysisWithAutomatedResultsInterpretation = "Dynamic Analysis with Automated Results Interpretation",
        DynamicAnalysisWithManualResultsInterpretation = "Dynamic Analysis with Manual Results Interpretation",
        Fuzzing = "Fuzzing",
        ManualAnalysis = "Manual Analysis",
        ManualDynamicAnalysis = "Manual Dynamic Analysis",
        ManualStaticAnalysis = "Manual Static Analysis",
        ManualStaticAnalysisBinaryOrBytecode = "Manual Static Analysis - Binary or Bytecode",
        ManualStaticAnalysisSourceCode = "Manual Static Analysis - Source Code",
        Other = "Other",
        WhiteBox = "White Box",
    }
}

vocabulary! {
    /// The effectiveness of a mitigation (from CWE).
    open Effectiveness is "Effectiveness" {
        DefenseInDepth = "Defense in Depth",
        High = "High",
        Incidental = "Incidental",
        Limited = "Limited",
        Moderate = "Moderate",
        None = "None",
    }
}

vocabulary! {
    /// The functional area of software in which a weakness occurs (from CWE).
    open FunctionalArea is "FunctionalArea" {
        Authentication = "Authentication",
        Authorization = "Authorization",
        CodeLibraries = "Code Libraries",
        Counters = "Counters",
        Cryptography = "Cryptography",
        ErrorHandling = "Error Handling",
        FileProcessing = "File Processing",
        FunctionalAreaIndependent = "Functional-Area-Independent",
        InterprocessCommunication = "Interprocess Communication",
        Logging = "Logging",
        MemoryManagement = "Memory Management",
        Networking = "Networking",
        NumberProcessing = "Number Processing",
        ProgramInvocation = "Program Invocation",
        ProtectionMechanism = "Protection Mechanism",
        SessionManagement = "Session Management",
        Signals = "Signals",
        StringProcessing = "String Processing",
    }
}

vocabulary! {
    /// Classes of programming language (from CWE).
    open LanguageClass is "LanguageClass" {
        Assembly = "Assembly",
        Compiled = "Compiled",
        Interpreted = "Interpreted",
    }
}

vocabulary! {
    /// Strategies that mitigate a weakness (from CWE).
    open MitigationStrategy is "MitigationStrategy" {
        AttackSurfaceReduction = "Attack Surface Reduction",
        CompilationOrBuildHardening = "Compilation or Build Hardening",
        EnforcementByConversion = "Enforcement by Conversion",
        EnvironmentHardening = "Environment Hardening",
        Firewall = "Firewall",
        InputValidation = "Input Validation",
        LanguageSelection = "Language Selection",
        LibrariesOrFrameworks = "Libraries or Frameworks",
        OutputEncoding = "Output Encoding",
        Parameterization = "Parameterization",
        Refactoring = "Refactoring",
        ResourceLimitation = "Resource Limitation",
        SandboxOrJail = "Sandbox or Jail",
        SeparationOfPrivilege = "Separation of Privilege",
    }
}

vocabulary! {
    /// Kinds of remark on a weakness (from CWE).
    open NoteType is "NoteType" {
        ApplicablePlatform = "Applicable Platform",
        Maintenance = "Maintenance",
        Relationship = "Relationship",
        ResearchGap = "Research Gap",
        Terminology = "Terminology",
        Theoretical = "Theoretical",
    }
}

vocabulary! {
    /// Classes of operating system (from CWE).
    open OperatingSystemClass is "OperatingSystemClass" {
        Android = "Android",
        AppleIOS = "Apple iOS",
        CiscoIos = "Cisco IOS",
        Linux = "Linux",
        Unix = "Unix",
        Windows = "Windows",
        MacOs = "macOs",
    }
}

vocabulary! {
    /// The prevalence of a weakness (from CWE).
    closed Prevalence is "Prevalence" {
        Often = "Often",
        Rarely = "Rarely",
        Sometimes = "Sometimes",
        Undetermined = "Undetermined",
    }
}

vocabulary! {
    /// Phases of a product's life (from CWE).
    open SoftwarePhase is "SoftwarePhase" {
        ArchitectureAndDesign = "Architecture and Design",
        BuildAndCompilation = "Build and Compilation",
        Bundling = "Bundling",
        Distribution = "Distribution",
        Documentation = "Documentation",
        Implementation = "Implementation",
        Installation = "Installation",
        Operation = "Operation",
        PatchingAndMaintenance = "Patching and Maintenance",
        Policy = "Policy",
        Porting = "Porting",
        Requirements = "Requirements",
        SystemConfiguration = "System Configuration",
        Testing = "Testing",
    }
}

vocabulary! {
    /// Resources of a system that a weakness affects (from CWE).
    open SystemResource is "SystemResource" {
        Cpu = "CPU",
        FileOrDirectory = "File or Directory",
        Memory = "Memory",
        SystemProcess = "System Process",
    }
}

vocabulary! {
    /// The technical impact of an exploited weakness (from CWE).
    open TechnicalImpact is "TechnicalImpact" {
        AlterExecutionLogic = "Alter Execution Logic",
        BypassProtectionMechanism = "Bypass Protection Mechanism",
        DoSAmplification = "DoS: Amplification",
        DoSCrashExitOrRestart = "DoS: Crash, Exit, or Restart",
        DoSInstability = "DoS: Instability",
        DoSResourceConsumptionCpu = "DoS: Resource Consumption (CPU)",
        DoSResourceConsumptionMemory = "DoS: Resource Consumption (Memory)",
        DoSResourceConsumptionOther = "DoS: Resource Consumption (Other)",
        ExecuteUnauthorizedCodeOrCommands = "Execute Unauthorized Code or Commands",
        GainPrivilegesOrAssumeIdentity = "Gain Privileges or Assume Identity",
        HideActivities = "Hide Activities",
        ModifyApplicationData = "Modify Application Data",
        ModifyFilesOrDirectories = "Modify Files or Directories",
        ModifyMemory = "Modify Memory",
        QualityDegradation = "Quality Degradation",
        ReadApplicationData = "Read Application Data",
        ReadFilesOrDirectories = "Read Files or Directories",
        ReadMemory = "Read Memory",
        UnexpectedState = "Unexpected State",
        VariesByContext = "Varies by Context",
    }
}

vocabulary! {
    /// The level of abstraction of a weakness (from CWE).
    closed WeaknessAbstractionLevel is "WeaknessAbstractionLevel" {
        Base = "Base",
        Class = "Class",
        Compound = "Compound",
        Variant = "Variant",
    }
}

vocabulary! {
    /// The structure of a weakness: alone, or in need of or leading to others (from CWE).
    closed WeaknessStructure is "WeaknessStructure" {
        Chain = "Chain",
        Composite = "Composite",
        Simple = "Simple",
    }
}
