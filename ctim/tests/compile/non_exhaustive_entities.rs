use ctim::{Observable, ValidTime};

fn main() {
    let _ = ValidTime { start_time: None, ..ValidTime::default() };
    let ip = Observable::new("ip", "198.51.100.7");
    let _ = Observable { r#type: ip.r#type, value: ip.value, extra: ip.extra };
}
