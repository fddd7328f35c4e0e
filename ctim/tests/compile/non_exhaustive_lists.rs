use ctim::{EntityList, EntityLists};

fn main() {
    let _ = EntityLists { verdicts: None, ..EntityLists::default() };
    let _: EntityList<ctim::Verdict> = EntityList { count: 0, docs: Vec::new() };
}
