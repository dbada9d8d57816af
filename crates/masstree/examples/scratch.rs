//! scratch
use masstree::*;
use std::collections::BTreeMap;
use std::sync::Arc;
fn rnd(s: &mut u64) -> u64 {
    *s ^= *s << 13;
    *s ^= *s >> 7;
    *s ^= *s << 17;
    *s
}
fn diff<const W: usize, const I: usize>(seed: u64, n: usize) {
    let mut s = seed * 7919 + 1;
    let map: Map<Shared<u64>, W, I> = Map::new();
    let mut model: BTreeMap<Vec<u8>, u64> = BTreeMap::new();
    let alpha = [b'a', b'b', 0];
    for i in 0..n {
        let mode = rnd(&mut s) % 4;
        let len = match mode {
            0 => rnd(&mut s) % 4,
            1 => rnd(&mut s) % 20,
            2 => 8,
            _ => rnd(&mut s) % 40,
        } as usize;
        let mut k: Vec<u8> = (0..len)
            .map(|_| alpha[(rnd(&mut s) % 3) as usize])
            .collect();
        if mode == 3 {
            for b in k.iter_mut().take(30) {
                *b = b'x';
            }
            if rnd(&mut s) % 2 == 0 {
                k = rnd(&mut s).to_be_bytes()[..3].to_vec();
            }
        }
        let phase = (i / 5000) % 2 == 0;
        if rnd(&mut s) % 4 < if phase { 3 } else { 1 } {
            assert_eq!(
                map.insert(&k, i as u64).unwrap().map(|v| *v),
                model.insert(k.clone(), i as u64),
                "{k:?}"
            );
        } else {
            assert_eq!(
                map.remove(&k).unwrap().map(|v| *v),
                model.remove(&k),
                "{k:?}"
            );
        }
        assert_eq!(map.get(&k).map(|v| *v), model.get(&k).copied());
        assert_eq!(map.len(), model.len());
        if i % 1000 == 0 {
            for (k, v) in &model {
                assert_eq!(map.get(k).map(|v| *v), Some(*v));
            }
        }
    }
    for k in model.keys() {
        map.remove(k).unwrap();
    }
    assert_eq!(map.len(), 0);
}
fn main() {
    if std::env::args().nth(1).is_some() {
        for seed in 1..6 {
            diff::<10, 3>(seed, 100_000);
            diff::<15, 30>(seed, 50_000);
            diff::<24, 5>(seed, 50_000);
        }
        println!("diff ok");
        let map: Arc<Map<Inline<u64>, 10, 3>> = Arc::new(Map::new());
        std::thread::scope(|sc| {
            for t in 0..4u64 {
                let map = &map;
                sc.spawn(move || {
                    let mut s = t + 1;
                    for _ in 0..5 {
                        for i in 0..50_000u64 {
                            let k = format!("{}", i * 4 + t);
                            assert_eq!(map.insert(k.as_bytes(), i).unwrap(), None);
                            let _ = rnd(&mut s);
                            assert_eq!(map.get(k.as_bytes()), Some(i));
                        }
                        for i in 0..50_000u64 {
                            let k = format!("{}", i * 4 + t);
                            assert_eq!(map.remove(k.as_bytes()).unwrap(), Some(i));
                        }
                    }
                });
            }
        });
        println!("conc ok {}", map.len());
        return;
    }
    let n = 1_000_000u64;
    let mut s = 88172645463325252u64;
    let keys: Vec<[u8; 8]> = (0..n).map(|_| rnd(&mut s).to_be_bytes()).collect();
    for _ in 0..3 {
        let map = MassTreeInline::<u64>::new();
        let g = map.guard();
        let t = std::time::Instant::now();
        for (i, k) in keys.iter().enumerate() {
            map.insert_with_guard(k, i as u64, &g).unwrap();
        }
        println!(
            "insert {:.2} M/s",
            n as f64 / t.elapsed().as_secs_f64() / 1e6
        );
        let t = std::time::Instant::now();
        let mut j = 0usize;
        for _ in 0..n {
            j = (j + 617_761) % n as usize;
            assert!(map.get_with_guard(&keys[j], &g) == Some(j as u64));
        }
        println!("get {:.2} M/s", n as f64 / t.elapsed().as_secs_f64() / 1e6);
    }
}
