use ctim::{EntityId, Tool};

fn main() {
    let id = EntityId::unchecked("transient:1");
    let _ = Tool::builder().id(id).title("a").description("b").short_description("c").build();
}
