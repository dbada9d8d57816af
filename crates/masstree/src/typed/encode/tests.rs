//! Every encoding keeps the order, is injective, prefix-free where it must be, and reads back.

use std::cmp::{Ordering, Reverse};
use std::fmt::Debug;
use std::net::{IpAddr, SocketAddr};
use std::num::NonZero;
use std::time::Duration;

use proptest::prelude::*;

use super::Total;
use crate::typed::{DecodeError, EncodeKey, INLINE_KEY_BYTES, Key, KeyBuf};

fn delimited<T: EncodeKey + ?Sized>(key: &T) -> Vec<u8> {
    let mut buf = KeyBuf::new();
    key.encode(&mut buf);
    buf.to_vec()
}

fn last<T: EncodeKey + ?Sized>(key: &T) -> Vec<u8> {
    let mut buf = KeyBuf::new();
    key.encode_last(&mut buf);
    buf.to_vec()
}

/// What the traits promise of any two keys.
fn check_pair<T: Key + Ord + Debug>(a: &T, b: &T) {
    let order = a.cmp(b);
    assert_eq!(
        delimited(a).cmp(&delimited(b)),
        order,
        "delimited {a:?} {b:?}"
    );
    assert_eq!(last(a).cmp(&last(b)), order, "last {a:?} {b:?}");
    if order != Ordering::Equal {
        assert!(
            !delimited(b).starts_with(&delimited(a)),
            "{a:?} begins {b:?}"
        );
    }
    for key in [a, b] {
        assert_eq!(key.with_encoded(<[u8]>::to_vec), last(key));
        assert_eq!(T::decode_last(&last(key)).as_ref(), Ok(key));
        let mut bytes = delimited(key);
        if let Some(len) = T::FIXED_LEN {
            assert_eq!((bytes.len(), last(key).len()), (len, len));
        }
        bytes.extend([0x00, 0xFF, 0x01]);
        let mut rest = bytes.as_slice();
        assert_eq!(T::decode(&mut rest).as_ref(), Ok(key));
        assert_eq!(rest, [0x00, 0xFF, 0x01]);
    }
}

fn check_all<T: Key + Ord + Debug>(keys: &[T]) {
    for a in keys {
        for b in keys {
            check_pair(a, b);
        }
    }
}

/// Bytes and text that collide with the escapes, and prefixes of one another.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(
        prop_oneof![Just(0u8), Just(1), Just(0xFE), Just(0xFF), any::<u8>()],
        0..6,
    )
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[\u{0}\u{1}ab]{0,4}", any::<String>(), "[a-c]{60,70}"]
}

macro_rules! order {
    ($($name:ident: $strategy:expr;)*) => {
        proptest! {$(
            #[test]
            fn $name(a in $strategy, b in $strategy) {
                check_pair(&a, &b);
            }
        )*}
    };
}

order! {
    unsigned: any::<(u8, u16, u32, u64, u128, usize)>();
    signed: any::<(i8, i16, i32, i64, i128, isize)>();
    small_numbers: (-2i64..2, 0u16..3, -1i8..2);
    scalars: any::<(bool, char)>();
    double: prop::num::f64::ANY.prop_map(Total);
    float: prop::num::f32::ANY.prop_map(Total);
    strings: text();
    byte_strings: bytes();
    byte_arrays: any::<[u8; 5]>();
    arrays: [bytes(), bytes(), bytes()];
    number_arrays: any::<[i16; 4]>();
    options: prop::option::of(prop::option::of(text()));
    reversed: text().prop_map(Reverse);
    reversed_numbers: any::<Reverse<i32>>();
    pairs: (text(), text());
    number_and_text: (0u32..3, text());
    text_and_number: (text(), -1i32..2);
    nested: ((bytes(), prop::option::of(bytes())), (bytes().prop_map(Reverse), text()));
    reversed_composite: (prop::option::of((bytes(), 0u8..2)).prop_map(Reverse), bytes());
    eight: (0u8..2, text(), 0i8..2, bytes(), any::<bool>(), prop::option::of(0u8..2), ("[ab]{0,1}",), bytes());
    nonzero: any::<(NonZero<u8>, NonZero<i64>)>();
    durations: any::<Duration>();
    addresses: (any::<IpAddr>(), any::<SocketAddr>());
    boxed: text().prop_map(|s| (s.clone().into_boxed_str(), s.into_bytes().into_boxed_slice()));
    units: Just(((), [(); 3], [0u64; 0]));
}

proptest! {
    #[test]
    fn decoding_any_bytes_returns(input in prop::collection::vec(any::<u8>(), 0..40)) {
        fn read<T: Key>(input: &[u8]) {
            let _ = T::decode_last(input);
            let _ = T::decode(&mut &*input);
        }
        read::<(u64, String, Option<bool>)>(&input);
        read::<(Reverse<Vec<u8>>, char)>(&input);
        read::<[Reverse<(Option<i32>, String)>; 2]>(&input);
        read::<(SocketAddr, Duration)>(&input);
        read::<[String; 3]>(&input);
        read::<Reverse<[u8; 64]>>(&input);
    }

    #[test]
    fn borrowed_forms_agree(s in text(), b in bytes(), n in any::<u32>()) {
        prop_assert_eq!(last(&s), last(s.as_str()));
        prop_assert_eq!(last(&b), last(b.as_slice()));
        prop_assert_eq!(last(&[1u8, 0, 2]), last(&[1u8, 0, 2][..]));
        prop_assert_eq!(delimited(&(n, &s, &b)), delimited(&(&n, s.as_str(), b.as_slice())));
    }
}

#[test]
fn edges() {
    check_all(&[
        i64::MIN,
        i64::MIN + 1,
        -256,
        -255,
        -1,
        0,
        1,
        255,
        256,
        i64::MAX,
    ]);
    check_all(&[u128::MIN, 1, 1 << 64, u128::MAX]);
    check_all(&['\0', '\u{7F}', '\u{D7FF}', '\u{E000}', char::MAX]);
    let floats = [
        f64::NAN,
        -f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        0.0,
        -0.0,
        f64::MIN,
        f64::MAX,
        f64::MIN_POSITIVE,
        5e-324,
        -5e-324,
    ];
    check_all(&floats.map(Total));
    let texts = [
        "",
        "\0",
        "\0\0",
        "\0\u{1}",
        "\u{1}",
        "a",
        "a\0",
        "a\0\0",
        "a\0b",
        "a\u{1}",
        "ab",
        "\u{10FFFF}",
    ]
    .map(String::from);
    check_all(&texts);
    check_all(&texts.clone().map(Reverse));
    check_all(&texts.clone().map(Some));
    let pairs: Vec<_> = texts
        .iter()
        .flat_map(|a| texts.iter().map(|b| (a.clone(), b.clone())))
        .collect();
    check_all(&pairs);
    check_all(&[
        vec![],
        vec![0xFF],
        vec![0xFF, 0],
        vec![0xFF, 0xFF],
        vec![0, 0xFF],
        vec![0, 0],
    ]);
}

#[test]
fn formats() {
    assert_eq!(last(&-1i16), [0x7F, 0xFF]);
    assert_eq!(last(&1usize), [0, 0, 0, 0, 0, 0, 0, 1]);
    assert_eq!(delimited("a\0b"), b"a\0\xFFb\0\0");
    assert_eq!(last("a\0b"), b"a\0b");
    assert_eq!(last(&("a", Some("b"))), b"a\0\0\x01b");
    assert_eq!(last(&Reverse(1u8)), [0xFE]);
}

#[test]
fn fixed_lengths() {
    assert_eq!(<(u8, [u16; 3], Reverse<f64>)>::FIXED_LEN, Some(15));
    assert_eq!(<(u8, String)>::FIXED_LEN, None);
    assert_eq!(<[String; 0]>::FIXED_LEN, Some(0));
    let mut buf = KeyBuf::new();
    [7u64; INLINE_KEY_BYTES / 8].encode(&mut buf);
    assert!(!buf.is_spilled());
}

#[test]
fn damaged_bytes_are_errors() {
    let invalid =
        |result: Result<(), DecodeError>| matches!(result, Err(DecodeError::InvalidValue { .. }));
    assert!(invalid(char::decode_last(&[0, 0, 0xD8, 0]).map(drop)));
    assert!(invalid(String::decode_last(&[0xFF]).map(drop)));
    assert!(invalid(<(String, u8)>::decode_last(b"a\0\x01").map(drop)));
    assert!(invalid(NonZero::<u16>::decode_last(&[0, 0]).map(drop)));
    assert!(invalid(Duration::decode_last(&[0xFF; 12]).map(drop)));
    assert!(invalid(Option::<u8>::decode_last(&[2]).map(drop)));
    assert_eq!(
        <(String, u8)>::decode_last(b"a"),
        Err(DecodeError::UnexpectedEnd)
    );
    assert_eq!(
        Option::<u8>::decode_last(&[0, 0]),
        Err(DecodeError::TrailingBytes { len: 1 })
    );
    assert_eq!(
        <[String; 0]>::decode_last(b"x"),
        Err(DecodeError::TrailingBytes { len: 1 })
    );
}
