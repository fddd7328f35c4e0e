//! Vocabularies of tools.

vocabulary! {
    /// Kinds of tool (from STIX 2).
    open ToolLabel is "ToolLabel" {
        CredentialExploitation = "credential-exploitation",
        DenialOfService = "denial-of-service",
        Exploitation = "exploitation",
        InformationGathering = "information-gathering",
        NetworkCapture = "network-capture",
        RemoteAccess = "remote-access",
        VulnerabilityScanning = "vulnerability-scanning",
    }
}
