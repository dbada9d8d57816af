//! Every contestant answers rightly on small key sets, so that what the table calls wrong is the map's own doing.

use super::{Part, all};
use crate::keys::shape::Shape;
use crate::script::Truth;
use crate::workloads::{MapState, Task};

#[test]
fn every_contestant_answers_rightly_when_alone() {
    for shape in [Shape::Random8, Shape::Random16] {
        let keys = shape.key_set(3_000);
        let truth = Truth::new(&keys);
        for entry in all() {
            if !entry.takes(keys.present.longest(), shape.is_integer()) {
                continue;
            }
            let map = entry.make(shape.is_integer(), Some(&keys));
            if !entry.read_only {
                map.run(&Task::Insert.plan(&keys, 0, 1), &truth);
            }
            for task in Task::ALL {
                let writes = matches!(
                    task,
                    Task::Mixed90 | Task::Mixed50 | Task::Hot | Task::Churn
                );
                let backwards = matches!(task, Task::ScanReverse | Task::FullReverse);
                if task.state() != MapState::Loaded
                    || entry.read_only && writes
                    || backwards && !entry.reverse
                {
                    continue;
                }
                let outcome = map.run(&task.plan(&keys, 4_000, 1), &truth);
                assert_eq!(
                    (outcome.wrong, outcome.panicked),
                    (0, false),
                    "{} {task:?} {shape:?}",
                    entry.id
                );
            }
        }
    }
}

#[test]
fn a_check_finds_nothing_wrong_in_a_locked_map() {
    let keys = Shape::Url.key_set(2_000);
    for entry in all()
        .iter()
        .filter(|entry| entry.id == "rwlock" || entry.part == Part::Ours)
    {
        let found = entry.make(false, None).verify(&keys, 2);
        assert_eq!((found.wrong, found.panicked), (0, false), "{}", entry.id);
        assert!(found.answers > 10_000);
    }
}
