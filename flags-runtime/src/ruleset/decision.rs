//! What an evaluation decided, in indices and in two registers.

use crate::evaluation::{ErrorCode, Layer, Reason};

/// What was decided.
///
/// It is packed into eight bytes because it is made for every check: larger ones go through memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decision {
    index: u32,
    /// From the lowest bit: 16 of the cause's place, 4 of the cause, 4 of the reason, 2 of the error,
    /// and whether the flag is on.
    packed: u32,
}

/// Which part of the flag decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    Override(Layer),
    State,
    Environment,
    Prerequisite(u16),
    Experiment,
    Users,
    /// Index among the resolved rules.
    Rule(u16),
    Default,
}

const CAUSE: u32 = 16;
const REASON: u32 = 20;
const ERROR: u32 = 24;
const ON: u32 = 1 << 26;

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

    /// The same with what kept it from being decided.
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
        let reason = self.packed >> REASON & 0xf;
        Reason::ALL.get(reason as usize).copied().unwrap_or(Reason::Error)
    }

    /// The reason's place among all of them.
    #[inline]
    pub(crate) const fn reason_place(self) -> u32 {
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
        #[expect(clippy::cast_possible_truncation, reason = "the lower half is wanted")]
        let place = self.packed as u16;
        match self.packed >> CAUSE & 0xf {
            0 => Cause::Override(Layer::ALL.get(usize::from(place)).copied().unwrap_or(Layer::Program)),
            1 => Cause::State,
            2 => Cause::Environment,
            3 => Cause::Prerequisite(place),
            4 => Cause::Experiment,
            5 => Cause::Users,
            6 => Cause::Rule(place),
            _ => Cause::Default,
        }
    }
}

impl Cause {
    #[inline]
    const fn pack(self) -> u32 {
        let (kind, place) = match self {
            Self::Override(layer) => (0, layer as u16),
            Self::State => (1, 0),
            Self::Environment => (2, 0),
            Self::Prerequisite(place) => (3, place),
            Self::Experiment => (4, 0),
            Self::Users => (5, 0),
            Self::Rule(place) => (6, place),
            Self::Default => (7, 0),
        };
        kind << CAUSE | place as u32
    }
}

#[cfg(test)]
mod tests {
    use super::{Cause, Decision};
    use crate::evaluation::{ErrorCode, Layer, Reason};

    #[test]
    fn what_is_packed_comes_out() {
        let places = [0, 1, u16::MAX].into_iter().flat_map(|p| [Cause::Prerequisite(p), Cause::Rule(p)]);
        let layers = Layer::ALL.iter().map(|layer| Cause::Override(*layer));
        let others = [Cause::State, Cause::Environment, Cause::Experiment, Cause::Users, Cause::Default];
        for cause in places.chain(layers).chain(others) {
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
    }
}
