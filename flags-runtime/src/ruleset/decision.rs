//! What an evaluation decided, in indices and in two registers.

use crate::reason::{ErrorCode, Layer, Reason};

/// What was decided.
///
/// It is packed into eight bytes because it is made for every check: larger ones go through memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decision {
    index: u32,
    /// From the lowest bit: [`POSITION`] bits of the cause's position, 3 of the cause, 3 of the reason,
    /// 2 of the error, and whether the flag is on.
    packed: u32,
}

/// Which part of the flag decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    Override(Layer),
    State,
    Environment,
    /// Index among the resolved prerequisites.
    Prerequisite(u32),
    Experiment,
    Layer,
    Users,
    /// Index among the resolved rules.
    Rule(u32),
    Default,
}

/// Bits of a position.
///
/// A document of 16 MiB, the largest that is read, has no room for more rules or prerequisites than
/// these can number. A document that a program builds itself may have: the greatest position then
/// stands for all that have none of their own, and [`Cause::position`] finds nothing there.
const POSITION: u32 = 23;
const LAST_POSITION: u32 = (1 << POSITION) - 1;

const CAUSE: u32 = POSITION;
const REASON: u32 = CAUSE + 3;
const ERROR: u32 = REASON + 3;
const ON: u32 = 1 << (ERROR + 2);

impl Decision {
    /// Stands for the value that an override brought with it.
    pub(crate) const OVERRIDDEN: u32 = u32::MAX;

    /// The flag is on and serves that index.
    #[inline]
    pub(crate) const fn on(index: u32, reason: Reason, cause: Cause) -> Self {
        Self { index, packed: ON | (reason as u32) << REASON | cause.pack() }
    }

    /// The flag is off and serves that index.
    #[inline]
    pub(crate) const fn off(index: u32, reason: Reason, cause: Cause) -> Self {
        Self { index, packed: (reason as u32) << REASON | cause.pack() }
    }

    /// Adds the reason why it could not be decided.
    #[inline]
    pub(crate) const fn with_error(self, error: Option<ErrorCode>) -> Self {
        let code = match error {
            None => 0,
            Some(error) => error as u32 + 1,
        };
        Self { packed: self.packed | code << ERROR, ..self }
    }

    /// What is served. [`Decision::OVERRIDDEN`] is the override's own value.
    #[inline]
    pub(crate) const fn index(self) -> u32 {
        self.index
    }

    #[inline]
    pub(crate) const fn is_on(self) -> bool {
        self.packed & ON != 0
    }

    #[inline]
    pub(crate) fn reason(self) -> Reason {
        let reason = self.packed >> REASON & 7;
        Reason::ALL.get(reason as usize).copied().unwrap_or(Reason::Error)
    }

    /// The reason's index in [`Reason::ALL`].
    #[inline]
    pub(crate) const fn reason_index(self) -> u32 {
        self.packed >> REASON & 7
    }

    pub(crate) const fn error(self) -> Option<ErrorCode> {
        match self.packed >> ERROR & 3 {
            0 => None,
            1 => Some(ErrorCode::TargetingKeyMissing),
            2 => Some(ErrorCode::FlagNotFound),
            _ => Some(ErrorCode::TypeMismatch),
        }
    }

    pub(crate) fn cause(self) -> Cause {
        let position = self.packed & LAST_POSITION;
        match self.packed >> CAUSE & 7 {
            0 => Cause::Override(Layer::ALL.get(position as usize).copied().unwrap_or(Layer::Program)),
            1 => Cause::State,
            2 => Cause::Environment,
            3 => Cause::Prerequisite(position),
            4 if position == 0 => Cause::Experiment,
            4 => Cause::Layer,
            5 => Cause::Users,
            6 => Cause::Rule(position),
            _ => Cause::Default,
        }
    }
}

impl Cause {
    #[inline]
    const fn pack(self) -> u32 {
        let (kind, position) = match self {
            Self::Override(layer) => (0, layer as u32),
            Self::State => (1, 0),
            Self::Environment => (2, 0),
            Self::Prerequisite(position) => (3, position),
            Self::Experiment => (4, 0),
            Self::Layer => (4, 1),
            Self::Users => (5, 0),
            Self::Rule(position) => (6, position),
            Self::Default => (7, 0),
        };
        let position = if position < LAST_POSITION { position } else { LAST_POSITION };
        kind << CAUSE | position
    }

    /// Where among the things of its sort that cause is, if it can be told.
    pub(crate) fn position(position: u32) -> Option<usize> {
        (position < LAST_POSITION).then_some(position as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::{Cause, Decision};
    use crate::reason::{ErrorCode, Layer, Reason};

    #[test]
    fn what_is_packed_comes_out() {
        let positions = [0, 1, 70_000, super::LAST_POSITION];
        let positions = positions.into_iter().flat_map(|p| [Cause::Prerequisite(p), Cause::Rule(p)]);
        let layers = Layer::ALL.iter().map(|layer| Cause::Override(*layer));
        let others =
            [Cause::State, Cause::Environment, Cause::Experiment, Cause::Layer, Cause::Users, Cause::Default];
        for cause in positions.chain(layers).chain(others) {
            for reason in Reason::ALL {
                let on = Decision::on(7, *reason, cause);
                assert_eq!((on.index(), on.is_on(), on.reason(), on.cause()), (7, true, *reason, cause));
                assert_eq!(on.error(), None);
                for error in
                    [ErrorCode::TargetingKeyMissing, ErrorCode::FlagNotFound, ErrorCode::TypeMismatch]
                {
                    let off = Decision::off(Decision::OVERRIDDEN, *reason, cause).with_error(Some(error));
                    assert_eq!((off.index(), off.is_on(), off.reason()), (u32::MAX, false, *reason));
                    assert_eq!((off.error(), off.cause()), (Some(error), cause));
                }
            }
        }
        assert!(Reason::ALL.len() <= 8 && Layer::ALL.len() <= 8);
    }

    #[test]
    fn what_has_no_position_of_its_own_is_not_taken_for_another() {
        for beyond in [super::LAST_POSITION, u32::MAX] {
            let Cause::Rule(position) = Decision::on(0, Reason::TargetingMatch, Cause::Rule(beyond)).cause()
            else {
                panic!("a rule stays a rule");
            };
            assert_eq!(Cause::position(position), None);
        }
        assert_eq!(Cause::position(70_000), Some(70_000));
    }
}
