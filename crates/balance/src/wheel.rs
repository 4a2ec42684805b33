//! In turn, by weight.

/// Turns of a wheel; larger weights are scaled down to fit.
pub const TURNS_MAX: u64 = 1 << 16;

/// The order in which endpoints take their turns. Over one round each has exactly the share of its
/// weight, and its turns stand far apart.
#[derive(Clone, Debug, Default)]
pub struct Wheel {
    /// Indexes of endpoints, each as often as its weight says.
    turns: Box<[u32]>,
}

impl Wheel {
    /// The wheel of endpoints with these weights; weight 0 gets no turn. Up to [`TURNS_MAX`] turns
    /// shares are exact; beyond, each endpoint has at least one.
    #[must_use]
    pub fn new(weights: &[u32]) -> Self {
        let divisor = weights.iter().copied().fold(0, common_divisor).max(1);
        let reduced = |weight: &u32| u64::from(weight / divisor);
        let total: u64 = weights.iter().map(reduced).sum();
        let scale = total.div_ceil(TURNS_MAX).max(1);
        let shares = weights.iter().map(reduced).map(|share| match share {
            0 => 0,
            _ => (share / scale).max(1),
        });
        Self {
            turns: spread(&shares.collect::<Vec<_>>()),
        }
    }

    /// Turns of one round.
    #[must_use]
    pub fn len(&self) -> usize {
        self.turns.len()
    }

    /// There is nobody whose turn it could be.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.turns.is_empty()
    }

    /// Whose turn it is, and who stands in: the endpoints of all places, the right one first. Who
    /// comes second changes from round to round, so that the turns of an endpoint that is away are
    /// shared among all others.
    pub fn walk(&self, turn: u64) -> impl Iterator<Item = usize> + Clone + '_ {
        let places = self.turns.len();
        let (place, next) = self.places(turn);
        let others = self.turns[next..].iter().chain(&self.turns[..next]);
        let first = self.turns.get(place).into_iter();
        first
            .chain(others.take(places))
            .map(|index| *index as usize)
    }

    /// The place of a turn, and where its stand-ins begin.
    fn places(&self, turn: u64) -> (usize, usize) {
        let places = self.turns.len() as u64;
        if places < 2 {
            return (0, 0);
        }
        let (round, place) = (turn / places, turn % places);
        let next = (place + 1 + round % (places - 1)) % places;
        (place as usize, next as usize)
    }
}

/// Each index as often as its share says: its turns stand at the middles of as many equal parts of
/// the round, and all turns in the order of their places.
fn spread(shares: &[u64]) -> Box<[u32]> {
    let mut turns: Vec<(u64, u64, u32)> = Vec::new();
    for (index, share) in (0..).zip(shares) {
        turns.extend((0..*share).map(|turn| (2 * turn + 1, *share, index)));
    }
    // Place = (2 * turn + 1) / (2 * share), compared without a division.
    turns.sort_by(|(a, a_share, a_index), (b, b_share, b_index)| {
        (a * b_share).cmp(&(b * a_share)).then(a_index.cmp(b_index))
    });
    turns.into_iter().map(|(.., index)| index).collect()
}

fn common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { common_divisor(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::Wheel;

    #[test]
    fn turns_of_one_endpoint_stand_apart() {
        for (weights, turns) in [
            (&[][..], &[][..]),
            (&[0, 0], &[]),
            (&[100, 100, 100], &[0, 1, 2]),
            (&[50, 25], &[0, 1, 0]),
            (&[3, 0, 2], &[0, 2, 0, 2, 0]),
        ] {
            assert_eq!(&*Wheel::new(weights).turns, turns, "{weights:?}");
        }
    }

    #[test]
    fn stand_ins_take_turns() {
        let wheel = Wheel::new(&[1, 1, 1]);
        let orders: Vec<Vec<usize>> = [0, 3, 6].map(|turn| wheel.walk(turn).collect()).into();
        assert_eq!(orders, [[0, 1, 2, 0], [0, 2, 0, 1], [0, 1, 2, 0]]);
    }
}
