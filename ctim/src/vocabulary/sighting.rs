//! Vocabularies of sightings.

vocabulary! {
    /// HTTP methods.
    closed HttpMethod is "HTTPMethod" {
        Connect = "CONNECT",
        Get = "GET",
        Head = "HEAD",
        Options = "OPTIONS",
        Patch = "PATCH",
        Post = "POST",
        Put = "PUT",
        Trace = "TRACE",
    }
}

vocabulary! {
    /// The action that was taken on a sighting.
    open Resolution is "Resolution" {
        Allowed = "allowed",
        Blocked = "blocked",
        Contained = "contained",
        Detected = "detected",
    }
}

vocabulary! {
    /// Kinds of devices and programs that report, and of the targets that they report about (OpenC2
    /// actuators).
    open Sensor is "Sensor" {
        Endpoint = "endpoint",
        EndpointDigitalTelephoneHandset = "endpoint.digital-telephone-handset",
        EndpointLaptop = "endpoint.laptop",
        EndpointPosTerminal = "endpoint.pos-terminal",
        EndpointPrinter = "endpoint.printer",
        EndpointSensor = "endpoint.sensor",
        EndpointServer = "endpoint.server",
        EndpointSmartMeter = "endpoint.smart-meter",
        EndpointSmartPhone = "endpoint.smart-phone",
        EndpointTablet = "endpoint.tablet",
        EndpointWorkstation = "endpoint.workstation",
        Network = "network",
        NetworkBridge = "network.bridge",
        NetworkFirewall = "network.firewall",
        NetworkGateway = "network.gateway",
        NetworkGuard = "network.guard",
        NetworkHips = "network.hips",
        NetworkHub = "network.hub",
        NetworkIds = "network.ids",
        NetworkIps = "network.ips",
        NetworkModem = "network.modem",
        NetworkNic = "network.nic",
        NetworkProxy = "network.proxy",
        NetworkRouter = "network.router",
        NetworkSecurityManager = "network.security_manager",
        NetworkSenseMaking = "network.sense_making",
        NetworkSensor = "network.sensor",
        NetworkSwitch = "network.switch",
        NetworkVpn = "network.vpn",
        NetworkWap = "network.wap",
        Process = "process",
        ProcessAaaServer = "process.aaa-server",
        ProcessAntiVirusScanner = "process.anti-virus-scanner",
        ProcessConnectionScanner = "process.connection-scanner",
        ProcessDirectoryService = "process.directory-service",
        ProcessDnsServer = "process.dns-server",
        ProcessEmailService = "process.email-service",
        ProcessFileScanner = "process.file-scanner",
        ProcessLocationService = "process.location-service",
        ProcessNetworkScanner = "process.network-scanner",
        ProcessRemediationService = "process.remediation-service",
        ProcessReputationService = "process.reputation-service",
        ProcessSandbox = "process.sandbox",
        ProcessVirtualizationService = "process.virtualization-service",
        ProcessVulnerabilityScanner = "process.vulnerability-scanner",
    }
}

vocabulary! {
    /// Direction of network traffic, seen from the target.
    closed TrafficDirection is "TrafficDirection" {
        Incoming = "incoming",
        Outgoing = "outgoing",
    }
}
