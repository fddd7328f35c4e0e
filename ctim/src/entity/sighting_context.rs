//! Event details of a sighting: processes, files, registry keys, network traffic.

use crate::ObservedTime;
use crate::time::Time;
use crate::vocabulary::{HttpMethod, TrafficDirection};

structure! {
    /// Event details of a sighting: up to twelve lists, one per event kind.
    pub struct Context is "Context" {
        /// File-created events. Optional.
        list file_create_events: FileCreateType;
        /// File-deleted events. Optional.
        list file_delete_events: FileDeleteType;
        /// File-modified events. Optional.
        list file_modify_events: FileModifyType;
        /// File-moved events. Optional.
        list file_move_events: FileMoveType;
        /// HTTP events. Optional.
        list http_events: HttpType;
        /// DLL-loaded events. Optional.
        list library_load_events: LibraryLoadType;
        /// Network-flow events. Optional.
        list netflow_events: NetflowType;
        /// Process-created events. Optional.
        list process_create_events: ProcessCreateType;
        /// Registry key created events. Optional.
        list registry_create_events: RegistryCreateType;
        /// Registry deleted events. Optional.
        list registry_delete_events: RegistryDeleteType;
        /// Registry renamed events. Optional.
        list registry_rename_events: RegistryRenameType;
        /// Registry value set events. Optional.
        list registry_set_events: RegistrySetType;
    }
}

structure! {
    /// File-created event.
    pub struct FileCreateType is "FileCreateType" {
        constant "type" = "FileCreateEvent";
        /// File name. Required; at most 1024 UTF-16 units.
        required file_name: String as ShortString;
        /// File path. Required; at most 2048 UTF-16 units.
        required file_path: String as MedString;
        /// Pid. Required.
        required process_id: i64;
        /// Process name. Required; at most 1024 UTF-16 units.
        required process_name: String as ShortString;
        /// When. Required.
        required time: ObservedTime;
        /// Whether the operation failed. Optional.
        optional failed: bool;
        /// Guid as an integer (may exceed 2^53). Optional.
        optional process_guid: i64;
        /// User. Optional; at most 1024 UTF-16 units.
        optional process_username: String as ShortString;
    }
}

structure! {
    /// File-deleted event.
    pub struct FileDeleteType is "FileDeleteType" {
        constant "type" = "FileDeleteEvent";
        /// File name. Required; at most 1024 UTF-16 units.
        required file_name: String as ShortString;
        /// File path. Required; at most 2048 UTF-16 units.
        required file_path: String as MedString;
        /// Pid. Required.
        required process_id: i64;
        /// Process name. Required; at most 1024 UTF-16 units.
        required process_name: String as ShortString;
        /// When. Required.
        required time: ObservedTime;
        /// Whether the operation failed. Optional.
        optional failed: bool;
        /// Guid as an integer (may exceed 2^53). Optional.
        optional process_guid: i64;
        /// User. Optional; at most 1024 UTF-16 units.
        optional process_username: String as ShortString;
    }
}

structure! {
    /// File-modified event.
    pub struct FileModifyType is "FileModifyType" {
        constant "type" = "FileModifyEvent";
        /// File name. Required; at most 1024 UTF-16 units.
        required file_name: String as ShortString;
        /// File path. Required; at most 2048 UTF-16 units.
        required file_path: String as MedString;
        /// Pid. Required.
        required process_id: i64;
        /// Process name. Required; at most 1024 UTF-16 units.
        required process_name: String as ShortString;
        /// When. Required.
        required time: ObservedTime;
        /// Whether the operation failed. Optional.
        optional failed: bool;
        /// Guid as an integer (may exceed 2^53). Optional.
        optional process_guid: i64;
        /// User. Optional; at most 1024 UTF-16 units.
        optional process_username: String as ShortString;
    }
}

structure! {
    /// File-moved event.
    pub struct FileMoveType is "FileMoveType" {
        constant "type" = "FileMoveEvent";
        /// File name. Required; at most 1024 UTF-16 units.
        required file_name: String as ShortString;
        /// File path. Required; at most 2048 UTF-16 units.
        required file_path: String as MedString;
        /// Name after the move. Required; at most 1024 UTF-16 units.
        required new_name: String as ShortString;
        /// Name before the move. Required; at most 1024 UTF-16 units.
        required old_name: String as ShortString;
        /// Pid. Required.
        required process_id: i64;
        /// Process name. Required; at most 1024 UTF-16 units.
        required process_name: String as ShortString;
        /// When. Required.
        required time: ObservedTime;
        /// Guid as an integer (may exceed 2^53). Optional.
        optional process_guid: i64;
        /// User. Optional; at most 1024 UTF-16 units.
        optional process_username: String as ShortString;
    }
}

structure! {
    /// HTTP event.
    pub struct HttpType is "HTTPType" {
        constant "type" = "HTTPEvent";
        /// Host name. Required; at most 1024 UTF-16 units.
        required host: String as ShortString;
        /// Pid. Required.
        required process_id: i64;
        /// Process name. Required; at most 1024 UTF-16 units.
        required process_name: String as ShortString;
        /// When. Required.
        required time: ObservedTime;
        /// Traffic. Required.
        required traffic: Traffic;
        /// Whether encrypted. Optional.
        optional encrypted: bool;
        /// HTTP method. Optional.
        optional method: HttpMethod;
        /// Guid as an integer (may exceed 2^53). Optional.
        optional process_guid: i64;
        /// User. Optional; at most 1024 UTF-16 units.
        optional process_username: String as ShortString;
        /// Query text. Optional; at most 5000 UTF-16 units.
        optional query: String as LongString;
        /// Port in the URL. Optional.
        optional url_port: i64;
    }
}

structure! {
    /// DLL-loaded event.
    pub struct LibraryLoadType is "LibraryLoadType" {
        constant "type" = "LibraryLoadEvent";
        /// DLL name. Required; at most 1024 UTF-16 units.
        required dll_library_name: String as ShortString;
        /// DLL path. Required; at most 2048 UTF-16 units.
        required dll_library_path: String as MedString;
        /// Pid. Required.
        required process_id: i64;
        /// Process name. Required; at most 1024 UTF-16 units.
        required process_name: String as ShortString;
        /// When. Required.
        required time: ObservedTime;
        /// Guid as an integer (may exceed 2^53). Optional.
        optional process_guid: i64;
        /// User. Optional; at most 1024 UTF-16 units.
        optional process_username: String as ShortString;
    }
}

structure! {
    /// Network-flow event.
    pub struct NetflowType is "NetflowType" {
        constant "type" = "NetflowEvent";
        /// Pid. Required.
        required process_id: i64;
        /// Process name. Required; at most 1024 UTF-16 units.
        required process_name: String as ShortString;
        /// When. Required.
        required time: ObservedTime;
        /// Traffic. Required.
        required traffic: Traffic;
        /// Bytes received. Optional.
        optional byte_count_in: i64;
        /// Bytes sent. Optional.
        optional byte_count_out: i64;
        /// Flow time. Optional.
        optional flow_time: Time;
        /// Parent account. Optional; at most 1024 UTF-16 units.
        optional parent_process_account: String as ShortString;
        /// Parent account type. Optional; at most 1024 UTF-16 units.
        optional parent_process_account_type: String as ShortString;
        /// Parent arguments. Optional; at most 1024 UTF-16 units.
        optional parent_process_args: String as ShortString;
        /// Parent hash. Optional; at most 1024 UTF-16 units.
        optional parent_process_hash: String as ShortString;
        /// Parent pid. Optional.
        optional parent_process_id: i64;
        /// Parent name. Optional; at most 1024 UTF-16 units.
        optional parent_process_name: String as ShortString;
        /// Parent path. Optional; at most 1024 UTF-16 units.
        optional parent_process_path: String as ShortString;
        /// Account. Optional; at most 1024 UTF-16 units.
        optional process_account: String as ShortString;
        /// Account type. Optional; at most 1024 UTF-16 units.
        optional process_account_type: String as ShortString;
        /// Arguments. Optional; at most 1024 UTF-16 units.
        optional process_args: String as ShortString;
        /// Guid as an integer (may exceed 2^53). Optional.
        optional process_guid: i64;
        /// Hash. Optional; at most 1024 UTF-16 units.
        optional process_hash: String as ShortString;
        /// Path. Optional; at most 1024 UTF-16 units.
        optional process_path: String as ShortString;
        /// User. Optional; at most 1024 UTF-16 units.
        optional process_username: String as ShortString;
    }
}

structure! {
    /// Process-created event.
    pub struct ProcessCreateType is "ProcessCreateType" {
        constant "type" = "ProcessCreateEvent";
        /// Pid. Required.
        required process_id: i64;
        /// Process name. Required; at most 1024 UTF-16 units.
        required process_name: String as ShortString;
        /// When. Required.
        required time: ObservedTime;
        /// Parent start time. Optional.
        optional parent_creation_time: Time;
        /// Parent arguments. Optional; at most 2048 UTF-16 units.
        optional parent_process_args: String as MedString;
        /// Parent disposition. Optional; at most 1024 UTF-16 units.
        optional parent_process_disposition: String as ShortString;
        /// Parent guid as an integer. Optional.
        optional parent_process_guid: i64;
        /// Parent hash. Optional; at most 2048 UTF-16 units.
        optional parent_process_hash: String as MedString;
        /// Parent pid. Optional.
        optional parent_process_id: i64;
        /// Parent name. Optional; at most 1024 UTF-16 units.
        optional parent_process_name: String as ShortString;
        /// Parent file size. Optional.
        optional parent_process_size: i64;
        /// Parent user. Optional; at most 1024 UTF-16 units.
        optional parent_process_username: String as ShortString;
        /// Arguments. Optional; at most 2048 UTF-16 units.
        optional process_args: String as MedString;
        /// Disposition. Optional; at most 1024 UTF-16 units.
        optional process_disposition: String as ShortString;
        /// Guid as an integer (may exceed 2^53). Optional.
        optional process_guid: i64;
        /// Hash. Optional; at most 2048 UTF-16 units.
        optional process_hash: String as MedString;
        /// File size. Optional.
        optional process_size: i64;
        /// User. Optional; at most 1024 UTF-16 units.
        optional process_username: String as ShortString;
    }
}

structure! {
    /// Registry key created.
    pub struct RegistryCreateType is "RegistryCreateType" {
        constant "type" = "RegistryCreateEvent";
        /// Pid. Required.
        required process_id: i64;
        /// Process name. Required; at most 1024 UTF-16 units.
        required process_name: String as ShortString;
        /// Key. Required; at most 1024 UTF-16 units.
        required registry_key: String as ShortString;
        /// When. Required.
        required time: ObservedTime;
        /// Guid as an integer (may exceed 2^53). Optional.
        optional process_guid: i64;
        /// User. Optional; at most 1024 UTF-16 units.
        optional process_username: String as ShortString;
    }
}

structure! {
    /// Registry key or value deleted.
    pub struct RegistryDeleteType is "RegistryDeleteType" {
        constant "type" = "RegistryDeleteEvent";
        /// Pid. Required.
        required process_id: i64;
        /// Process name. Required; at most 1024 UTF-16 units.
        required process_name: String as ShortString;
        /// Key. Required; at most 1024 UTF-16 units.
        required registry_key: String as ShortString;
        /// When. Required.
        required time: ObservedTime;
        /// Guid as an integer (may exceed 2^53). Optional.
        optional process_guid: i64;
        /// User. Optional; at most 1024 UTF-16 units.
        optional process_username: String as ShortString;
        /// Value name. Optional; at most 2048 UTF-16 units.
        optional registry_value: String as MedString;
    }
}

structure! {
    /// Registry key renamed.
    pub struct RegistryRenameType is "RegistryRenameType" {
        constant "type" = "RegistryRenameEvent";
        /// Pid. Required.
        required process_id: i64;
        /// Process name. Required; at most 1024 UTF-16 units.
        required process_name: String as ShortString;
        /// Key. Required; at most 1024 UTF-16 units.
        required registry_key: String as ShortString;
        /// Key before the rename. Required; at most 1024 UTF-16 units.
        required registry_old_key: String as ShortString;
        /// When. Required.
        required time: ObservedTime;
        /// Guid as an integer (may exceed 2^53). Optional.
        optional process_guid: i64;
        /// User. Optional; at most 1024 UTF-16 units.
        optional process_username: String as ShortString;
    }
}

structure! {
    /// Registry value set.
    pub struct RegistrySetType is "RegistrySetType" {
        constant "type" = "RegistrySetEvent";
        /// Pid. Required.
        required process_id: i64;
        /// Process name. Required; at most 1024 UTF-16 units.
        required process_name: String as ShortString;
        /// Key. Required; at most 1024 UTF-16 units.
        required registry_key: String as ShortString;
        /// Value name. Required; at most 2048 UTF-16 units.
        required registry_value: String as MedString;
        /// When. Required.
        required time: ObservedTime;
        /// Guid as an integer (may exceed 2^53). Optional.
        optional process_guid: i64;
        /// User. Optional; at most 1024 UTF-16 units.
        optional process_username: String as ShortString;
        /// Data written. Optional; at most 5000 UTF-16 units.
        optional registry_data: String as LongString;
        /// Length of the data. Optional.
        optional registry_data_length: i64;
    }
}

structure! {
    /// Network 5-tuple plus direction, used by Netflow and HTTP events.
    pub struct Traffic is "Traffic" {
        /// Destination address. Required.
        required destination_ip: String;
        /// Destination port. Required.
        required destination_port: i64;
        /// Traffic direction. Required.
        required direction: TrafficDirection;
        /// IANA protocol number (6 TCP, 17 UDP, 1 ICMP). Required.
        required protocol: i64;
        /// Source address. Required.
        required source_ip: String;
        /// Source port. Required.
        required source_port: i64;
        /// Destination host. Optional.
        optional destination_host_name: String;
        /// Destination subnet. Optional.
        optional destination_subnet: String;
        /// Source subnet. Optional.
        optional source_subnet: String;
    }
}
