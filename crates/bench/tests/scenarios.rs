//! Each scenario of the C++ test program, small, on the maps of this workspace and on a locked `BTreeMap`.

use masstree_bench::contestants::{Part, all};
use masstree_bench::scenarios::Scenario;

/// Plays one scenario with one and with four threads.
fn holds(scenario: Scenario) {
    let entries = all();
    let tested = entries
        .iter()
        .filter(|entry| entry.part == Part::Ours || entry.id == "rwlock");
    for entry in tested {
        for threads in [1, 4] {
            let size = if cfg!(debug_assertions) {
                6_000
            } else {
                60_000
            };
            if let Err(error) = scenario.run(entry, size, threads) {
                panic!("{error} ({threads} threads)");
            }
        }
    }
}

macro_rules! scenario {
    ($($name:ident => $scenario:ident),* $(,)?) => {
        $(
            #[test]
            fn $name() {
                holds(Scenario::$scenario);
            }
        )*
    };
}

scenario! {
    rw1_random_inserts_then_gets => Rw1,
    rw2_the_same_keys_from_every_thread => Rw2,
    rw2g90_mostly_gets => Rw2g90,
    rw2g98_nearly_only_gets => Rw2g98,
    rw3_ascending => Rw3,
    rw4_descending => Rw4,
    same_all_writers_on_ten_keys => Same,
    uscale_random_updates => Uscale,
    wscale_disjoint_random_writes => Wscale,
    wd1_own_ascending_ranges => Wd1,
    wd2_interleaved_ascending => Wd2,
    splitremove_a_sliding_window => SplitRemove,
    scan_beside_inserts => Scan,
}
