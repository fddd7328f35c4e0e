//! Event details of a sighting: processes, files, registry keys, network traffic.

use crate::ObservedTime;
use crate::time::Time;
use crate::vocabulary::{HttpMethod, TrafficDirection};

structure! {
    /// Events behind a sighting, in twelve lists by kind.
    pub struct Context is "Context" {
        /// Creations of files. Optional.
        list file_create_events: FileCreateType;
        /// Deletions of files. Optional.
        list file_delete_events: FileDeleteType;
        /// Changes of files. Optional.
        list file_modify_events: FileModifyType;
        /// Moves of files. Optional.
        list file_move_events: FileMoveType;
        /// HTTP requests. Optional.
        list http_events: HttpType;
        /// Loads of libraries. Optional.
        list library_load_events: LibraryLoadType;
        /// Network flows. Optional.
        list netflow_events: NetflowType;
        /// Starts of processes. Optional.
        list process_create_events: ProcessCreateType;
        /// Creations of registry keys. Optional.
        list registry_create_events: RegistryCreateType;
        /// Deletions of registry keys or values. Optional.
        list registry_delete_events: RegistryDeleteType;
        /// Renamings of registry keys. Optional.
        list registry_rename_events: RegistryRenameType;
        /// Settings of registry values. Optional.
        list registry_set_events: RegistrySetType;
    }
}

structure! {
    /// The event that a file was created.
    pub struct FileCreateType is "FileCreateType" {
        constant "type" = "FileCreateEvent";
        /// Name of the file. Required; at most 1024 UTF-16 units.
        required file_name: String as ShortString;
        /// Path of the file. Required; at most 2048 UTF-16 units.
        required file_path: String as MedString;
        /// Id of the process. Required.
        required process_id: i64;
        /// Name of the process. Required; at most 1024 UTF-16 units.
        required process_name: String as ShortString;
        /// The time of the event. Required.
        required time: ObservedTime;
        /// True if the operation failed. Optional.
        optional failed: bool;
        /// Unique id of the process as an integer; may exceed 2^53. Optional.
        optional process_guid: i64;
        /// User that runs the process. Optional; at most 1024 UTF-16 units.
        optional process_username: String as ShortString;
    }
}

structure! {
    /// The event that a file was deleted.
    pub struct FileDeleteType is "FileDeleteType" {
        constant "type" = "FileDeleteEvent";
        /// Name of the file. Required; at most 1024 UTF-16 units.
        required file_name: String as ShortString;
        /// Path of the file. Required; at most 2048 UTF-16 units.
        required file_path: String as MedString;
        /// Id of the process. Required.
        required process_id: i64;
        /// Name of the process. Required; at most 1024 UTF-16 units.
        required process_name: String as ShortString;
        /// The time of the event. Required.
        required time: ObservedTime;
        /// True if the operation failed. Optional.
        optional failed: bool;
        /// Unique id of the process as an integer; may exceed 2^53. Optional.
        optional process_guid: i64;
        /// User that runs the process. Optional; at most 1024 UTF-16 units.
        optional process_username: String as ShortString;
    }
}

structure! {
    /// The event that a file was changed.
    pub struct FileModifyType is "FileModifyType" {
        constant "type" = "FileModifyEvent";
        /// Name of the file. Required; at most 1024 UTF-16 units.
        required file_name: String as ShortString;
        /// Path of the file. Required; at most 2048 UTF-16 units.
        required file_path: String as MedString;
        /// Id of the process. Required.
        required process_id: i64;
        /// Name of the process. Required; at most 1024 UTF-16 units.
        required process_name: String as ShortString;
        /// The time of the event. Required.
        required time: ObservedTime;
        /// True if the operation failed. Optional.
        optional failed: bool;
        /// Unique id of the process as an integer; may exceed 2^53. Optional.
        optional process_guid: i64;
        /// User that runs the process. Optional; at most 1024 UTF-16 units.
        optional process_username: String as ShortString;
    }
}

structure! {
    /// The event that a file was moved.
    pub struct FileMoveType is "FileMoveType" {
        constant "type" = "FileMoveEvent";
        /// Name of the file. Required; at most 1024 UTF-16 units.
        required file_name: String as ShortString;
        /// Path of the file. Required; at most 2048 UTF-16 units.
        required file_path: String as MedString;
        /// Name after the move. Required; at most 1024 UTF-16 units.
        required new_name: String as ShortString;
        /// Name before the move. Required; at most 1024 UTF-16 units.
        required old_name: String as ShortString;
        /// Id of the process. Required.
        required process_id: i64;
        /// Name of the process. Required; at most 1024 UTF-16 units.
        required process_name: String as ShortString;
        /// The time of the event. Required.
        required time: ObservedTime;
        /// Unique id of the process as an integer; may exceed 2^53. Optional.
        optional process_guid: i64;
        /// User that runs the process. Optional; at most 1024 UTF-16 units.
        optional process_username: String as ShortString;
    }
}

structure! {
    /// The event of an HTTP request.
    pub struct HttpType is "HTTPType" {
        constant "type" = "HTTPEvent";
        /// Host of the request. Required; at most 1024 UTF-16 units.
        required host: String as ShortString;
        /// Id of the process. Required.
        required process_id: i64;
        /// Name of the process. Required; at most 1024 UTF-16 units.
        required process_name: String as ShortString;
        /// The time of the event. Required.
        required time: ObservedTime;
        /// The connection. Required.
        required traffic: Traffic;
        /// True if it was encrypted. Optional.
        optional encrypted: bool;
        /// Method of the request. Optional.
        optional method: HttpMethod;
        /// Unique id of the process as an integer; may exceed 2^53. Optional.
        optional process_guid: i64;
        /// User that runs the process. Optional; at most 1024 UTF-16 units.
        optional process_username: String as ShortString;
        /// Query of the URL. Optional; at most 5000 UTF-16 units.
        optional query: String as LongString;
        /// Port in the URL. Optional.
        optional url_port: i64;
    }
}

structure! {
    /// The event that a process loaded a library.
    pub struct LibraryLoadType is "LibraryLoadType" {
        constant "type" = "LibraryLoadEvent";
        /// Name of the library. Required; at most 1024 UTF-16 units.
        required dll_library_name: String as ShortString;
        /// Path of the library. Required; at most 2048 UTF-16 units.
        required dll_library_path: String as MedString;
        /// Id of the process. Required.
        required process_id: i64;
        /// Name of the process. Required; at most 1024 UTF-16 units.
        required process_name: String as ShortString;
        /// The time of the event. Required.
        required time: ObservedTime;
        /// Unique id of the process as an integer; may exceed 2^53. Optional.
        optional process_guid: i64;
        /// User that runs the process. Optional; at most 1024 UTF-16 units.
        optional process_username: String as ShortString;
    }
}

structure! {
    /// The event of a network flow.
    pub struct NetflowType is "NetflowType" {
        constant "type" = "NetflowEvent";
        /// Id of the process. Required.
        required process_id: i64;
        /// Name of the process. Required; at most 1024 UTF-16 units.
        required process_name: String as ShortString;
        /// The time of the event. Required.
        required time: ObservedTime;
        /// The connection. Required.
        required traffic: Traffic;
        /// Bytes received. Optional.
        optional byte_count_in: i64;
        /// Bytes sent. Optional.
        optional byte_count_out: i64;
        /// The time of the flow. Optional.
        optional flow_time: Time;
        /// Account that runs the parent process. Optional; at most 1024 UTF-16 units.
        optional parent_process_account: String as ShortString;
        /// Type of the account that runs the parent process. Optional; at most 1024 UTF-16 units.
        optional parent_process_account_type: String as ShortString;
        /// Arguments of the parent process. Optional; at most 1024 UTF-16 units.
        optional parent_process_args: String as ShortString;
        /// Hash of the parent program. Optional; at most 1024 UTF-16 units.
        optional parent_process_hash: String as ShortString;
        /// Id of the parent process. Optional.
        optional parent_process_id: i64;
        /// Name of the parent process. Optional; at most 1024 UTF-16 units.
        optional parent_process_name: String as ShortString;
        /// Path of the parent program. Optional; at most 1024 UTF-16 units.
        optional parent_process_path: String as ShortString;
        /// Account that runs the process. Optional; at most 1024 UTF-16 units.
        optional process_account: String as ShortString;
        /// Type of that account. Optional; at most 1024 UTF-16 units.
        optional process_account_type: String as ShortString;
        /// Arguments of the process. Optional; at most 1024 UTF-16 units.
        optional process_args: String as ShortString;
        /// Unique id of the process as an integer; may exceed 2^53. Optional.
        optional process_guid: i64;
        /// Hash of the program. Optional; at most 1024 UTF-16 units.
        optional process_hash: String as ShortString;
        /// Path of the program. Optional; at most 1024 UTF-16 units.
        optional process_path: String as ShortString;
        /// User that runs the process. Optional; at most 1024 UTF-16 units.
        optional process_username: String as ShortString;
    }
}

structure! {
    /// The event that a process was started.
    pub struct ProcessCreateType is "ProcessCreateType" {
        constant "type" = "ProcessCreateEvent";
        /// Id of the process. Required.
        required process_id: i64;
        /// Name of the process. Required; at most 1024 UTF-16 units.
        required process_name: String as ShortString;
        /// The time of the event. Required.
        required time: ObservedTime;
        /// The start time of the parent process. Optional.
        optional parent_creation_time: Time;
        /// Arguments of the parent process. Optional; at most 2048 UTF-16 units.
        optional parent_process_args: String as MedString;
        /// Disposition of the parent program. Optional; at most 1024 UTF-16 units.
        optional parent_process_disposition: String as ShortString;
        /// Unique id of the parent process as an integer; may exceed 2^53. Optional.
        optional parent_process_guid: i64;
        /// Hash of the parent program. Optional; at most 2048 UTF-16 units.
        optional parent_process_hash: String as MedString;
        /// Id of the parent process. Optional.
        optional parent_process_id: i64;
        /// Name of the parent process. Optional; at most 1024 UTF-16 units.
        optional parent_process_name: String as ShortString;
        /// Size of the parent program file in bytes. Optional.
        optional parent_process_size: i64;
        /// User that runs the parent process. Optional; at most 1024 UTF-16 units.
        optional parent_process_username: String as ShortString;
        /// Arguments of the process. Optional; at most 2048 UTF-16 units.
        optional process_args: String as MedString;
        /// Disposition of the program. Optional; at most 1024 UTF-16 units.
        optional process_disposition: String as ShortString;
        /// Unique id of the process as an integer; may exceed 2^53. Optional.
        optional process_guid: i64;
        /// Hash of the program. Optional; at most 2048 UTF-16 units.
        optional process_hash: String as MedString;
        /// Size of the program file in bytes. Optional.
        optional process_size: i64;
        /// User that runs the process. Optional; at most 1024 UTF-16 units.
        optional process_username: String as ShortString;
    }
}

structure! {
    /// The event that a registry key was created.
    pub struct RegistryCreateType is "RegistryCreateType" {
        constant "type" = "RegistryCreateEvent";
        /// Id of the process. Required.
        required process_id: i64;
        /// Name of the process. Required; at most 1024 UTF-16 units.
        required process_name: String as ShortString;
        /// Registry key. Required; at most 1024 UTF-16 units.
        required registry_key: String as ShortString;
        /// The time of the event. Required.
        required time: ObservedTime;
        /// Unique id of the process as an integer; may exceed 2^53. Optional.
        optional process_guid: i64;
        /// User that runs the process. Optional; at most 1024 UTF-16 units.
        optional process_username: String as ShortString;
    }
}

structure! {
    /// The event that a registry key or value was deleted.
    pub struct RegistryDeleteType is "RegistryDeleteType" {
        constant "type" = "RegistryDeleteEvent";
        /// Id of the process. Required.
        required process_id: i64;
        /// Name of the process. Required; at most 1024 UTF-16 units.
        required process_name: String as ShortString;
        /// Registry key. Required; at most 1024 UTF-16 units.
        required registry_key: String as ShortString;
        /// The time of the event. Required.
        required time: ObservedTime;
        /// Unique id of the process as an integer; may exceed 2^53. Optional.
        optional process_guid: i64;
        /// User that runs the process. Optional; at most 1024 UTF-16 units.
        optional process_username: String as ShortString;
        /// Name of the registry value. Optional; at most 2048 UTF-16 units.
        optional registry_value: String as MedString;
    }
}

structure! {
    /// The event that a registry key was renamed.
    pub struct RegistryRenameType is "RegistryRenameType" {
        constant "type" = "RegistryRenameEvent";
        /// Id of the process. Required.
        required process_id: i64;
        /// Name of the process. Required; at most 1024 UTF-16 units.
        required process_name: String as ShortString;
        /// Registry key. Required; at most 1024 UTF-16 units.
        required registry_key: String as ShortString;
        /// Registry key before it was renamed. Required; at most 1024 UTF-16 units.
        required registry_old_key: String as ShortString;
        /// The time of the event. Required.
        required time: ObservedTime;
        /// Unique id of the process as an integer; may exceed 2^53. Optional.
        optional process_guid: i64;
        /// User that runs the process. Optional; at most 1024 UTF-16 units.
        optional process_username: String as ShortString;
    }
}

structure! {
    /// The event that a registry value was set.
    pub struct RegistrySetType is "RegistrySetType" {
        constant "type" = "RegistrySetEvent";
        /// Id of the process. Required.
        required process_id: i64;
        /// Name of the process. Required; at most 1024 UTF-16 units.
        required process_name: String as ShortString;
        /// Registry key. Required; at most 1024 UTF-16 units.
        required registry_key: String as ShortString;
        /// Name of the registry value. Required; at most 2048 UTF-16 units.
        required registry_value: String as MedString;
        /// The time of the event. Required.
        required time: ObservedTime;
        /// Unique id of the process as an integer; may exceed 2^53. Optional.
        optional process_guid: i64;
        /// User that runs the process. Optional; at most 1024 UTF-16 units.
        optional process_username: String as ShortString;
        /// Data that was written. Optional; at most 5000 UTF-16 units.
        optional registry_data: String as LongString;
        /// Length of the data in bytes. Optional.
        optional registry_data_length: i64;
    }
}

structure! {
    /// A network connection and its direction.
    pub struct Traffic is "Traffic" {
        /// Address of the destination. Required.
        required destination_ip: String;
        /// Port of the destination. Required.
        required destination_port: i64;
        /// Direction of the traffic. Required.
        required direction: TrafficDirection;
        /// IANA protocol number, such as 6 for TCP, 17 for UDP and 1 for ICMP. Required.
        required protocol: i64;
        /// Address of the source. Required.
        required source_ip: String;
        /// Port of the source. Required.
        required source_port: i64;
        /// Name of the destination. Optional.
        optional destination_host_name: String;
        /// Subnet of the destination. Optional.
        optional destination_subnet: String;
        /// Subnet of the source. Optional.
        optional source_subnet: String;
    }
}
