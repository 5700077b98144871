//! From what a person typed to a canonical address, and what may sign up with it.
//!
//! [`read`] answers "which address is this?" and knows no policy; [`classify`] answers "what may it do here?". Mail
//! is only ever sent to what `read` returned, never to the typed text (`SEC-77`).

#[cfg(test)]
mod cases;
#[cfg(test)]
mod corpus;
mod lists;

use std::borrow::Cow;
use std::sync::Arc;

use clausa_core::address::{Address, Domain, InvalidAddress, MAX_DOMAIN_LENGTH, MAX_LOCAL_LENGTH};
use idna::uts46::{AsciiDenyList, DnsLength, ErrorPolicy, Hyphens, ProcessingSuccess, Uts46};

pub use lists::Lists;

use crate::config::{ConfigError, SignupConfig};

/// Which rule a typed address breaks. The text says it to the person who typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// Nothing was typed.
    #[error("type an e-mail address")]
    Empty,
    /// No `@`.
    #[error("an address has an @ between a name and a domain")]
    NoAt,
    /// More than one `@`.
    #[error("an address has only one @")]
    SeveralAt,
    /// A part is longer than mail allows.
    #[error("the address is longer than mail allows")]
    TooLong,
    /// A space, a line break or another control character.
    #[error("an address has no spaces or control characters")]
    SpaceOrControl,
    /// Quotes, comments, brackets: forms of RFC 5322 that have a second reading.
    #[error("quotes, comments and brackets are not accepted in an address")]
    Quoted,
    /// `%`, `!` or `=?`: routing and encoded-word forms that some mail systems interpret.
    #[error("the signs % and ! and encoded words are not accepted in an address")]
    Routing,
    /// A character outside ASCII before the `@`.
    #[error("only plain letters, digits and signs are accepted before the @")]
    LocalNotAscii,
    /// A dot at the start or end of the local part, or two in a row.
    #[error("a dot before the @ has to stand between two other characters")]
    LocalDots,
    /// Nothing before the `@`.
    #[error("there is nothing before the @")]
    LocalEmpty,
    /// Nothing after the `@`, or a single label.
    #[error("the part after the @ is not a full domain such as contoso.example")]
    DomainIncomplete,
    /// The domain has a character or label that host names cannot have.
    #[error("the part after the @ is not a valid domain")]
    DomainInvalid,
    /// The international name is written with look-alike characters that stand for others.
    #[error("the domain is written with characters that stand for others; type it in its plain form")]
    DomainNotCanonical,
    /// An IP address in place of a domain.
    #[error("an IP address is not accepted in place of a domain")]
    IpAddress,
}

impl AddressError {
    /// The rule's text in the catalogue.
    pub fn text_key(self) -> &'static str {
        match self {
            Self::Empty => "address-empty",
            Self::NoAt => "address-no-at",
            Self::SeveralAt => "address-several-at",
            Self::TooLong => "address-too-long",
            Self::SpaceOrControl => "address-space",
            Self::Quoted => "address-quoted",
            Self::Routing => "address-routing",
            Self::LocalNotAscii => "address-local-not-ascii",
            Self::LocalDots => "address-local-dots",
            Self::LocalEmpty => "address-local-empty",
            Self::DomainIncomplete => "address-domain-incomplete",
            Self::DomainInvalid => "address-domain-invalid",
            Self::DomainNotCanonical => "address-domain-not-canonical",
            Self::IpAddress => "address-ip",
        }
    }
}

/// What an accepted address may become.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AddressClass {
    /// Its domain is, or will be, an organisation.
    Organisation(Domain),
    /// Many unrelated people share the domain: an account of its own, no organisation.
    Personal,
}

/// Why a well-formed address may not sign up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddressRefusal {
    /// A mailbox that several people or a program read (`SEC-79`).
    #[error("this looks like a shared or automatic mailbox; sign up with an address of your own")]
    RoleAddress,
    /// The domain is a public suffix: its subdomains belong to different owners (`SEC-90`).
    #[error("anybody can register names under this domain, so it cannot stand for an organisation")]
    PublicSuffix,
    /// The name is reserved and no mail can reach it.
    #[error("this domain is reserved and cannot receive mail")]
    ReservedName,
    /// On the operator's own list.
    #[error("the operator of this service does not accept this domain")]
    OperatorList,
    /// A throw-away mailbox, and the operator refuses these.
    #[error("throw-away addresses are not accepted here; use an address that stays yours")]
    Disposable,
    /// A consumer mailbox, and the operator refuses these.
    #[error("this service accepts addresses of organisations only; use your work address")]
    Consumer,
}

impl AddressRefusal {
    /// The rule's text in the catalogue.
    pub fn text_key(self) -> &'static str {
        match self {
            Self::RoleAddress => "refused-role",
            Self::PublicSuffix => "refused-public-suffix",
            Self::ReservedName => "refused-reserved",
            Self::OperatorList => "refused-operator",
            Self::Disposable => "refused-disposable",
            Self::Consumer => "refused-consumer",
        }
    }
}

/// The operator's choices.
#[derive(Clone, Debug, Default)]
pub struct AddressPolicy {
    /// Refuse consumer mail domains instead of making personal accounts.
    pub refuse_consumer: bool,
    /// Refuse disposable mail domains instead of making personal accounts.
    pub refuse_disposable: bool,
    /// Domains refused outright, with everything below them.
    pub refused_domains: Vec<String>,
    /// Domains treated as consumer mail domains beside the reviewed list.
    pub consumer_domains: Vec<String>,
    /// The reviewed lists, or the operator's in their place.
    pub lists: Arc<Lists>,
}

impl AddressPolicy {
    /// The operator's choices, with the files that they name.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] when a list cannot be read, or an entry of it can never match.
    pub fn load(config: &SignupConfig) -> Result<Self, ConfigError> {
        let lower = |domains: &[String]| domains.iter().map(|domain| domain.to_ascii_lowercase()).collect();
        Ok(Self {
            refuse_consumer: !config.personal_accounts,
            refuse_disposable: !config.personal_accounts,
            refused_domains: lower(&config.refused_domains),
            consumer_domains: lower(&config.consumer_domains),
            lists: Arc::new(Lists::load(config)?),
        })
    }
}

/// Makes typed text canonical: ASCII, lowercase, the domain in A-labels. Plus-tags and dots stay as typed, since
/// only the receiving system knows what they mean. `read(read(x)) = read(x)` (`SEC-78`).
///
/// # Errors
///
/// The first rule that is broken.
pub fn read(typed: &str) -> Result<Address, AddressError> {
    // People paste with a space or a line end around; inside there is none.
    let typed = typed.trim_matches([' ', '\t', '\r', '\n']);
    if typed.is_empty() {
        return Err(AddressError::Empty);
    }
    // A typed U-label is never longer than its A-label form by more than the encoding of one character.
    if typed.len() > 4 * MAX_DOMAIN_LENGTH {
        return Err(AddressError::TooLong);
    }
    if typed.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(AddressError::SpaceOrControl);
    }
    if typed.contains("=?") {
        return Err(AddressError::Routing);
    }
    if let Some((_, domain)) = typed.rsplit_once('@')
        && domain.starts_with('[')
    {
        return Err(AddressError::IpAddress);
    }
    if typed.contains(['"', '(', ')', '<', '>', '[', ']', '\\', ',', ';', ':']) {
        return Err(AddressError::Quoted);
    }
    let (local, domain) = typed.split_once('@').ok_or(AddressError::NoAt)?;
    if domain.contains('@') {
        return Err(AddressError::SeveralAt);
    }
    check_local(local)?;
    let domain = ascii_domain(domain)?;
    format!("{local}@{domain}").parse().map_err(|error| match error {
        InvalidAddress::Length => AddressError::TooLong,
        InvalidAddress::Local => AddressError::LocalNotAscii,
        _ => AddressError::DomainInvalid,
    })
}

/// Says what `address` may become under the operator's choices.
///
/// # Errors
///
/// The rule that refuses it.
pub fn classify(address: &Address, policy: &AddressPolicy) -> Result<AddressClass, AddressRefusal> {
    let domain = address.domain();
    if lists::is_reserved(domain.as_str()) {
        return Err(AddressRefusal::ReservedName);
    }
    if is_public_suffix(domain.as_str()) {
        return Err(AddressRefusal::PublicSuffix);
    }
    if policy
        .refused_domains
        .iter()
        .any(|refused| is_at_or_below(domain.as_str(), refused))
    {
        return Err(AddressRefusal::OperatorList);
    }
    if policy.lists.is_role(address.local()) {
        return Err(AddressRefusal::RoleAddress);
    }
    if policy.lists.is_disposable(domain.as_str()) {
        return if policy.refuse_disposable {
            Err(AddressRefusal::Disposable)
        } else {
            Ok(AddressClass::Personal)
        };
    }
    if policy.lists.is_consumer(domain.as_str())
        || policy.consumer_domains.iter().any(|own| own == domain.as_str())
    {
        return if policy.refuse_consumer {
            Err(AddressRefusal::Consumer)
        } else {
            Ok(AddressClass::Personal)
        };
    }
    Ok(AddressClass::Organisation(domain))
}

fn check_local(local: &str) -> Result<(), AddressError> {
    if local.is_empty() {
        return Err(AddressError::LocalEmpty);
    }
    if !local.is_ascii() {
        return Err(AddressError::LocalNotAscii);
    }
    if local.contains(['%', '!']) {
        return Err(AddressError::Routing);
    }
    if local.split('.').any(str::is_empty) {
        return Err(AddressError::LocalDots);
    }
    if local.len() > MAX_LOCAL_LENGTH {
        return Err(AddressError::TooLong);
    }
    Ok(())
}

/// The domain in A-labels. Every label must survive A -> U -> A, and what was typed must be one of the two forms, up
/// to case: a mapping that changes characters (full-width letters, the long s, the Kelvin sign) would let two typed
/// texts that look different, or one that looks like another, mean the same domain.
fn ascii_domain(typed: &str) -> Result<Cow<'_, str>, AddressError> {
    if typed.is_empty() {
        return Err(AddressError::DomainIncomplete);
    }
    if typed.starts_with('.') || typed.ends_with('.') || typed.contains("..") {
        return Err(AddressError::DomainInvalid);
    }
    if !typed.contains('.') && typed.is_ascii() {
        return Err(AddressError::DomainIncomplete);
    }
    if looks_like_ip(typed) {
        return Err(AddressError::IpAddress);
    }
    let idna = Uts46::new();
    let ascii = idna
        .to_ascii(
            typed.as_bytes(),
            AsciiDenyList::STD3,
            Hyphens::Check,
            DnsLength::Verify,
        )
        .map_err(|_| AddressError::DomainInvalid)?
        .into_owned();
    let unicode = unicode_form(&idna, &ascii)?;
    if unicode.chars().any(is_symbol) {
        return Err(AddressError::DomainInvalid);
    }
    let again = idna
        .to_ascii(
            unicode.as_bytes(),
            AsciiDenyList::STD3,
            Hyphens::Check,
            DnsLength::Verify,
        )
        .map_err(|_| AddressError::DomainInvalid)?;
    if again != ascii.as_str() {
        return Err(AddressError::DomainNotCanonical);
    }
    if !typed.is_ascii() && (lowercase(typed)? != unicode) {
        return Err(AddressError::DomainNotCanonical);
    }
    if typed.is_ascii() && !typed.eq_ignore_ascii_case(&ascii) {
        return Err(AddressError::DomainNotCanonical);
    }
    if looks_like_ip(&ascii) {
        return Err(AddressError::IpAddress);
    }
    Ok(Cow::Owned(ascii))
}

/// Lowercase, refusing characters whose lowercase form is ASCII although they are not (the Kelvin sign, the dotted
/// capital I).
fn lowercase(typed: &str) -> Result<String, AddressError> {
    let mut lower = String::with_capacity(typed.len());
    for character in typed.chars() {
        for mapped in character.to_lowercase() {
            if mapped.is_ascii() && !character.is_ascii() {
                return Err(AddressError::DomainNotCanonical);
            }
            lower.push(mapped);
        }
    }
    Ok(lower)
}

fn unicode_form(idna: &Uts46, ascii: &str) -> Result<String, AddressError> {
    let mut unicode = String::new();
    let outcome = idna.process(
        ascii.as_bytes(),
        AsciiDenyList::STD3,
        Hyphens::Check,
        ErrorPolicy::FailFast,
        |_, _, _| true,
        &mut unicode,
        None,
    );
    match outcome {
        Ok(ProcessingSuccess::Passthrough) => Ok(ascii.to_owned()),
        Ok(ProcessingSuccess::WroteToSink) => Ok(unicode),
        Err(_) => Err(AddressError::DomainInvalid),
    }
}

/// Symbols, punctuation and pictures: the mapping tables let them pass, the rules for registration (RFC 5892) do not.
fn is_symbol(character: char) -> bool {
    // The middle dot stands between two l in Catalan.
    let in_latin_1 = matches!(character, '\u{a0}'..='\u{bf}' | '×' | '÷') && character != '·';
    let in_symbol_blocks = matches!(character, '\u{2010}'..='\u{2bff}' | '\u{2e00}'..='\u{2e7f}');
    let in_pictures = matches!(character, '\u{1d000}'..='\u{1d7ff}' | '\u{1f000}'..='\u{1fbff}');
    in_latin_1 || in_symbol_blocks || in_pictures || character == '\u{fffd}'
}

/// A last label that is a number, decimal or hexadecimal, is read as IPv4 by many resolvers.
fn looks_like_ip(domain: &str) -> bool {
    domain.rsplit('.').next().is_some_and(|last| {
        let digits = last.strip_prefix("0x").or_else(|| last.strip_prefix("0X"));
        (!last.is_empty() && last.bytes().all(|b| b.is_ascii_digit()))
            || digits.is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))
    })
}

/// True when the whole domain is a public suffix, in the ICANN or the private division of the list, or has nothing but
/// public suffixes right below it (the list says `*.sch.uk` and leaves `sch.uk` itself out).
fn is_public_suffix(domain: &str) -> bool {
    let is_suffix = |name: &str| psl::suffix_str(name).is_some_and(|suffix| suffix == name);
    is_suffix(domain) || is_suffix(&format!("any.{domain}"))
}

fn is_at_or_below(domain: &str, parent: &str) -> bool {
    domain
        .strip_suffix(parent)
        .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}
