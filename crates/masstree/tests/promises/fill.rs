//! How full leaves are left behind.

/// Loads in order leave full leaves behind wherever they are in the map, two at once too.
#[test]
fn loads_in_order_fill_leaves() {
    const EACH: u32 = 20_000;
    let key = |load: u32, i: u32| [load.to_be_bytes(), i.to_be_bytes()].concat();
    for downward in [false, true] {
        let map = masstree::MassTreeInline::<u32>::new();
        for edge in [0, 9] {
            map.insert(&key(edge, 0), 0).unwrap();
        }
        for step in 0..EACH {
            let i = if downward { EACH - step } else { step };
            for load in [3, 6] {
                map.insert(&key(load, i), i).unwrap();
            }
        }
        let stats = map.stats();
        assert!(
            stats.entries * 100 > stats.slots * 95,
            "downward {downward}: {} entries in {} slots",
            stats.entries,
            stats.slots
        );
    }
}
