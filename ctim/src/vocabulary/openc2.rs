//! Vocabularies of OpenC2 commands inside courses of action.

vocabulary! {
    /// The action of an access rule on traffic. No entity uses it.
    closed AclAction is "ACLAction" {
        Alert = "ALERT",
        Deny = "DENY",
        Drop = "DROP",
        Log = "LOG",
        Pass = "PASS",
        Reject = "REJECT",
    }
}

vocabulary! {
    /// The place at which OpenC2 blocks. No entity uses it.
    closed BlockModifierType is "BlockModifierType" {
        Internal = "Internal",
        Perimeter = "Perimeter",
    }
}

vocabulary! {
    /// The destination of the target of an OpenC2 command.
    closed CoaModifierDestination is "COAModifierDestination" {
        CopyTo = "copy-to",
        ModifyTo = "modify-to",
        MoveTo = "move-to",
        ReportTo = "report-to",
        RestorePoint = "restore-point",
        SaveTo = "save-to",
        SetTo = "set-to",
    }
}

vocabulary! {
    /// The place at which an OpenC2 command takes effect.
    closed CoaModifierLocation is "COAModifierLocation" {
        Internal = "internal",
        Perimeter = "perimeter",
    }
}

vocabulary! {
    /// The method by which an OpenC2 command is carried out.
    closed CoaModifierMethod is "COAModifierMethod" {
        Acl = "acl",
        Authenticated = "authenticated",
        Blackhole = "blackhole",
        Blacklist = "blacklist",
        Graceful = "graceful",
        Hibernate = "hibernate",
        Honeypot = "honeypot",
        Immediate = "immediate",
        Segmentation = "segmentation",
        Spawn = "spawn",
        Suspend = "suspend",
        Unauthenticated = "unauthenticated",
        Whitelist = "whitelist",
    }
}

vocabulary! {
    /// The response that an OpenC2 command requests.
    closed CoaModifierResponse is "COAModifierResponse" {
        Acknowledge = "acknowledge",
        CommandRef = "command-ref",
        Query = "query",
        Status = "status",
    }
}

vocabulary! {
    /// The kind of search of an OpenC2 command.
    closed CoaModifierSearch is "COAModifierSearch" {
        Cve = "cve",
        Patch = "patch",
        Signature = "signature",
        VendorBulletin = "vendor_bulletin",
    }
}

vocabulary! {
    /// Encapsulations of inspected traffic. No entity uses it.
    closed Encapsulation is "Encapsulation" {
        Gre = "GRE",
        Vxlan = "VXLAN",
    }
}

vocabulary! {
    /// Kinds of device that carry out an OpenC2 command.
    closed OpenC2ActuatorType is "OpenC2ActuatorType" {
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
        Other = "other",
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
    /// OpenC2 actions.
    closed OpenC2CoaType is "OpenC2COAType" {
        Alert = "alert",
        Allow = "allow",
        Augment = "augment",
        Contain = "contain",
        Delete = "delete",
        Deny = "deny",
        Detonate = "detonate",
        Distill = "distill",
        Get = "get",
        Investigate = "investigate",
        Locate = "locate",
        Mitigate = "mitigate",
        Modify = "modify",
        Move = "move",
        Notify = "notify",
        Other = "other",
        Pause = "pause",
        Query = "query",
        Redirect = "redirect",
        Remediate = "remediate",
        Report = "report",
        Response = "response",
        Restart = "restart",
        Restore = "restore",
        Resume = "resume",
        Save = "save",
        Scan = "scan",
        Set = "set",
        Snapshot = "snapshot",
        Start = "start",
        Stop = "stop",
        Substitute = "substitute",
        Sync = "sync",
        Throttle = "throttle",
        Update = "update",
    }
}

vocabulary! {
    /// Kinds of OpenC2 modifier. No structure uses it.
    closed OpenC2ModifierType is "OpenC2ModifierType" {
        Delay = "delay",
        Duration = "duration",
        Frequency = "frequency",
        ReportTo = "reportTo",
        Response = "response",
        Time = "time",
    }
}

vocabulary! {
    /// Protocols of an access rule. No entity uses it.
    closed Protocol is "Protocol" {
        Any = "Any",
        Icmp = "ICMP",
        Tcp = "TCP",
        Udp = "UDP",
    }
}

vocabulary! {
    /// Methods of an SDN scan. No entity uses it.
    closed ScanMethods is "ScanMethods" {
        Arp = "arp",
        Ping = "ping",
        Tcpsyn = "tcpsyn",
        Udpprobe = "udpprobe",
    }
}

vocabulary! {
    /// Kinds of thing that an OpenC2 command acts on: the types of observables, as an open list.
    open TargetTypeVocab is "TargetTypeVocab" {
        Acudid = "acudid",
        AmpComputerGuid = "amp_computer_guid",
        CertificateCommonName = "certificate_common_name",
        CertificateIssuer = "certificate_issuer",
        CertificateSerial = "certificate_serial",
        CiscoCmId = "cisco_cm_id",
        CiscoMid = "cisco_mid",
        CiscoUcId = "cisco_uc_id",
        CortexAgentId = "cortex_agent_id",
        CrowdstrikeId = "crowdstrike_id",
        CvmId = "cvm_id",
        CybereasonId = "cybereason_id",
        DarktraceId = "darktrace_id",
        Device = "device",
        Domain = "domain",
        Email = "email",
        EmailMessageid = "email_messageid",
        EmailSubject = "email_subject",
        FileName = "file_name",
        FilePath = "file_path",
        GoogleChromebookId = "google_chromebook_id",
        GoogleCloudId = "google_cloud_id",
        Hostname = "hostname",
        Imei = "imei",
        Imsi = "imsi",
        IntuneId = "intune_id",
        Ip = "ip",
        Ipv6 = "ipv6",
        JamfManagementId = "jamf_management_id",
        MacAddress = "mac_address",
        Md5 = "md5",
        MerakiNetworkId = "meraki_network_id",
        MerakiNodeSn = "meraki_node_sn",
        MerakiOrgId = "meraki_org_id",
        MsMachineId = "ms_machine_id",
        Mutex = "mutex",
        NgfwId = "ngfw_id",
        NgfwName = "ngfw_name",
        OdnsIdentity = "odns_identity",
        OdnsIdentityLabel = "odns_identity_label",
        OrbitalNodeId = "orbital_node_id",
        PkiSerial = "pki_serial",
        ProcessArgs = "process_args",
        ProcessHash = "process_hash",
        ProcessName = "process_name",
        ProcessPath = "process_path",
        ProcessUid = "process_uid",
        ProcessUsername = "process_username",
        ProcessorId = "processor_id",
        RegistryKey = "registry_key",
        RegistryName = "registry_name",
        RegistryPath = "registry_path",
        S1AgentId = "s1_agent_id",
        SecureAccessId = "secure_access_id",
        SerialNumber = "serial_number",
        ServiceNowId = "service_now_id",
        Sha1 = "sha1",
        Sha256 = "sha256",
        SwcDeviceId = "swc_device_id",
        TrendMicroId = "trend_micro_id",
        Url = "url",
        User = "user",
        UserAgent = "user_agent",
    }
}
