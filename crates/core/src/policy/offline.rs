//! The offline window.

use crate::time::DAY;

/// How long a licence may be used without asking the authority again: at most [`MAX`](Self::MAX) (SEC-43).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct OfflineWindow(u32);

/// A window is longer than [`OfflineWindow::MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a licence may be used offline for at most 30 days")]
pub struct InvalidOfflineWindow;

impl OfflineWindow {
    /// Ask every time.
    pub const NONE: Self = Self(0);
    /// 30 days.
    pub const MAX: Self = Self(30 * DAY as u32);

    /// Takes seconds.
    ///
    /// # Errors
    ///
    /// [`InvalidOfflineWindow`] beyond [`MAX`](Self::MAX).
    pub const fn from_seconds(seconds: u32) -> Result<Self, InvalidOfflineWindow> {
        if seconds <= Self::MAX.0 {
            Ok(Self(seconds))
        } else {
            Err(InvalidOfflineWindow)
        }
    }

    /// Takes days of 86 400 seconds.
    ///
    /// # Errors
    ///
    /// [`InvalidOfflineWindow`] beyond [`MAX`](Self::MAX).
    pub const fn from_days(days: u16) -> Result<Self, InvalidOfflineWindow> {
        Self::from_seconds((days as u32).saturating_mul(DAY as u32))
    }

    /// The length in seconds.
    pub const fn seconds(self) -> u32 {
        self.0
    }
}

impl<C> minicbor::Encode<C> for OfflineWindow {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.u32(self.0)?.ok()
    }
}

impl<'b, C> minicbor::Decode<'b, C> for OfflineWindow {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        Self::from_seconds(d.u32()?).map_err(|_| minicbor::decode::Error::message("offline window"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SEC-43
    #[test]
    fn thirty_days_are_the_most() {
        assert_eq!(OfflineWindow::from_days(30), Ok(OfflineWindow::MAX));
        assert_eq!(OfflineWindow::from_days(31), Err(InvalidOfflineWindow));
        assert_eq!(OfflineWindow::from_days(u16::MAX), Err(InvalidOfflineWindow));
    }
}
