//! A decoder that has seen the beginning of a message and is then asked for an earlier one.

use masstree_protocol::{Hello, Limits, Request, RequestDecoder, Step};

#[test]
fn a_decoder_goes_back_to_an_earlier_message() {
    let messages = b"\x93\x01\x02\xa2k1\x94\x02\x08\xa2k1\xa5he";
    let mut decoder = RequestDecoder::new(Limits::default());
    decoder.accept(&Hello::default());
    assert!(matches!(
        decoder.decode(&messages[6..]),
        Ok(Step::Partial { .. })
    ));
    assert!(decoder.is_within_message());
    decoder.rewind();
    let Ok(Step::Request { used, request, .. }) = decoder.decode(messages) else {
        panic!("the first message is whole");
    };
    assert_eq!(used, 6);
    assert!(matches!(request, Request::Get { key: b"k1", .. }));
}
