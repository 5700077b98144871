//! The tenant's keys, kept on this device so that protecting works offline.

use crate::client::Client;
use crate::error::AccountError;

impl Client {
    /// Fetches the key set of one's organisation and renews this device's certificate, now.
    ///
    /// Protecting does it by itself when it is time; this is for somebody who is about to be without a network.
    ///
    /// # Errors
    ///
    /// [`AccountError`].
    pub async fn refresh_keys(&self) -> Result<(), AccountError> {
        todo!()
    }
}
