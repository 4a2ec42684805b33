//! Bodies without chunks: so many bytes, all of them, or none.

use haleway_http1::{BadBody, Framing};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::cutting::{Reading, read_body, read_whole, sizes};

fn framing() -> impl Strategy<Value = Framing> {
    let length = prop_oneof![4 => 0..60_u64, 1 => Just(u64::MAX)];
    prop_oneof![
        1 => Just(Framing::None),
        4 => length.prop_map(Framing::Length),
        1 => Just(Framing::Chunked),
        1 => Just(Framing::UntilClose),
    ]
}

proptest! {
    #[test]
    fn a_length_counts_bytes(length in 0..60_u64, input in vec(any::<u8>(), 0..80)) {
        let read = read_whole(Framing::Length(length), &input);
        let count = usize::try_from(length).unwrap();
        prop_assert_eq!(&*read.data, &input[..count.min(input.len())]);
        prop_assert_eq!(read.end, (input.len() >= count).then_some(count));
        prop_assert_eq!((read.trailers, read.bad), (None, None));
    }

    #[test]
    fn a_body_without_an_end_is_all_that_comes(input in vec(any::<u8>(), 0..80)) {
        let read = read_whole(Framing::UntilClose, &input);
        prop_assert_eq!(read.data, input);
        prop_assert_eq!(read.end, None);
    }

    #[test]
    fn no_body_takes_no_bytes(input in vec(any::<u8>(), 0..80)) {
        let read = read_whole(Framing::None, &input);
        prop_assert!(read.data.is_empty());
        prop_assert_eq!(read.end, Some(0));
    }

    #[test]
    fn no_bytes_panic_and_no_cut_changes_what_is_read(
        framing in framing(),
        input in vec(any::<u8>(), 0..80),
        sizes in sizes(),
    ) {
        let whole = read_whole(framing, &input);
        prop_assert_eq!(read_body(framing, &input, &sizes), whole);
    }

    #[test]
    fn the_end_of_the_connection_ends_what_waits_for_it(
        framing in framing(),
        input in vec(any::<u8>(), 0..80),
    ) {
        let mut reading = Reading::new(framing);
        reading.take_up(&[]);
        reading.take_up(&input);
        let was_done = reading.reader().is_done();
        let ends = was_done || framing == Framing::UntilClose;
        prop_assert_eq!(reading.reader().finish().is_ok(), ends);
        prop_assert_eq!(reading.reader().is_done(), ends);
    }

    #[test]
    fn what_is_left_is_known_of_a_length(length in 0..60_u64, input in vec(any::<u8>(), 0..80)) {
        let mut reading = Reading::new(Framing::Length(length));
        reading.take_up(&input);
        let left = length.saturating_sub(input.len() as u64);
        let reader = reading.reader();
        prop_assert_eq!(reader.left(), Some(left));
        prop_assert_eq!(reader.is_done(), left == 0);
        let finished = if left == 0 { Ok(()) } else { Err(BadBody::CutShort) };
        prop_assert_eq!(reader.finish(), finished);
    }
}
