//! The CBOR form of policies and templates (clauses 5.3 to 5.6).
//!
//! ```text
//! policy    {1 owner, 2? [template id, digest], 3? [grant…], 4? not before, 5? expiry, 6? offline seconds,
//!            7? obligations, 8? application data, 9? parent content id}  either 2 or 3
//! template  {1 id, 2 version, 3 [grant…], 4? expiry, 5 offline seconds}
//! grant     [1, address] account · [2, address] group · [3, domain] · [4, tenant id] members · [5, ""] any
//!           with the rights as a third element
//! expiry    [1, time] · [2, days after first use]
//! ```

use minicbor::decode::Error as DecodeError;
use minicbor::encode::{Error as EncodeError, Write};
use minicbor::{Decode, Decoder, Encode, Encoder};

use super::{Expiry, Grant, Grants, NamedData, OfflineWindow, Policy, Principal, TemplateVersion, Terms};
use crate::address::Address;
use crate::id::{ContentId, TemplateId};
use crate::time::Timestamp;

#[derive(Encode, Decode)]
#[cbor(map)]
struct PolicyWire {
    #[n(1)]
    owner: Address,
    #[n(2)]
    template: Option<TemplateWire>,
    #[n(3)]
    grants: Option<Grants>,
    #[n(4)]
    not_before: Option<Timestamp>,
    #[n(5)]
    expiry: Option<Expiry>,
    #[n(6)]
    offline: Option<OfflineWindow>,
    #[n(7)]
    obligations: Option<NamedData>,
    #[n(8)]
    application_data: Option<NamedData>,
    #[n(9)]
    parent: Option<ContentId>,
}

#[derive(Encode, Decode)]
#[cbor(array)]
struct TemplateWire {
    #[n(0)]
    id: TemplateId,
    #[cbor(n(1), with = "minicbor::bytes")]
    digest: [u8; 32],
}

impl<C> Encode<C> for Policy {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, ctx: &mut C) -> Result<(), EncodeError<W::Error>> {
        let (template, grants) = match &self.terms {
            Terms::Template { id, digest } => (
                Some(TemplateWire {
                    id: *id,
                    digest: *digest,
                }),
                None,
            ),
            Terms::AdHoc(grants) => (None, Some(grants.clone())),
        };
        let present = |data: &NamedData| (!data.is_empty()).then(|| data.clone());
        PolicyWire {
            owner: self.owner.clone(),
            template,
            grants,
            not_before: self.not_before,
            expiry: self.expiry,
            offline: self.offline,
            obligations: present(&self.obligations),
            application_data: present(&self.application_data),
            parent: self.parent,
        }
        .encode(e, ctx)
    }
}

impl<'b, C> Decode<'b, C> for Policy {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, DecodeError> {
        let wire = PolicyWire::decode(d, ctx)?;
        let terms = match (wire.template, wire.grants) {
            (Some(TemplateWire { id, digest }), None) => Terms::Template { id, digest },
            (None, Some(grants)) => Terms::AdHoc(grants),
            _ => return Err(DecodeError::message("either a template or grants")),
        };
        Ok(Self {
            owner: wire.owner,
            terms,
            not_before: wire.not_before,
            expiry: wire.expiry,
            offline: wire.offline,
            obligations: wire.obligations.unwrap_or_default(),
            application_data: wire.application_data.unwrap_or_default(),
            parent: wire.parent,
        })
    }
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct TemplateVersionWire {
    #[n(1)]
    id: TemplateId,
    #[n(2)]
    version: u32,
    #[n(3)]
    grants: Grants,
    #[n(4)]
    expiry: Option<Expiry>,
    #[n(5)]
    offline: OfflineWindow,
}

impl<C> Encode<C> for TemplateVersion {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, ctx: &mut C) -> Result<(), EncodeError<W::Error>> {
        TemplateVersionWire {
            id: self.id,
            version: self.version,
            grants: self.grants.clone(),
            expiry: self.expiry,
            offline: self.offline,
        }
        .encode(e, ctx)
    }
}

impl<'b, C> Decode<'b, C> for TemplateVersion {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, DecodeError> {
        let TemplateVersionWire {
            id,
            version,
            grants,
            expiry,
            offline,
        } = TemplateVersionWire::decode(d, ctx)?;
        Ok(Self {
            id,
            version,
            grants,
            expiry,
            offline,
        })
    }
}

impl<C> Encode<C> for Expiry {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        match self {
            Self::At(at) => e.array(2)?.u8(1)?.u64(at.seconds())?.ok(),
            Self::DaysAfterFirstUse(days) => e.array(2)?.u8(2)?.u16(*days)?.ok(),
        }
    }
}

impl<'b, C> Decode<'b, C> for Expiry {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        match (d.array()?, d.u8()?) {
            (Some(2), 1) => Ok(Self::At(Timestamp::from_seconds(d.u64()?))),
            (Some(2), 2) => Ok(Self::DaysAfterFirstUse(d.u16()?)),
            _ => Err(DecodeError::message("expiry")),
        }
    }
}

impl<C> Encode<C> for Grants {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, ctx: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.array(self.len() as u64)?;
        for grant in self {
            grant.encode(e, ctx)?;
        }
        Ok(())
    }
}

/// [`Grants::new`] sorts and unites, so an encoding in another order, or with a principal named twice, does not equal
/// its re-encoding.
impl<'b, C> Decode<'b, C> for Grants {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, DecodeError> {
        let grants = d.array_iter_with(ctx)?.collect::<Result<Vec<Grant>, _>>()?;
        Self::new(grants).map_err(|_| DecodeError::message("grants"))
    }
}

impl<C> Encode<C> for Grant {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, ctx: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.array(3)?;
        match &self.principal {
            Principal::Account(address) => e.u8(1)?.encode_with(address, ctx)?,
            Principal::Group(address) => e.u8(2)?.encode_with(address, ctx)?,
            Principal::Domain(domain) => e.u8(3)?.encode_with(domain, ctx)?,
            Principal::TenantMembers(tenant) => e.u8(4)?.encode_with(tenant, ctx)?,
            Principal::AnyAuthenticated => e.u8(5)?.str("")?,
        };
        self.rights.encode(e, ctx)
    }
}

impl<'b, C> Decode<'b, C> for Grant {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, DecodeError> {
        let principal = match (d.array()?, d.u8()?) {
            (Some(3), 1) => Principal::Account(d.decode_with(ctx)?),
            (Some(3), 2) => Principal::Group(d.decode_with(ctx)?),
            (Some(3), 3) => Principal::Domain(d.decode_with(ctx)?),
            (Some(3), 4) => Principal::TenantMembers(d.decode_with(ctx)?),
            (Some(3), 5) if d.str()?.is_empty() => Principal::AnyAuthenticated,
            _ => return Err(DecodeError::message("grant")),
        };
        Ok(Self {
            principal,
            rights: d.decode_with(ctx)?,
        })
    }
}
