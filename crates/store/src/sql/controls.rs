//! An administrator's controls in SQL.

use std::fmt::Display;
use std::str::FromStr;

use async_trait::async_trait;

use super::{Row, Session, SqlUnit, values};
use crate::error::StoreError;
use crate::permit::{Action, Permit};
use crate::record::controls::Controls;
use crate::repo::ControlsOfTenant;

#[async_trait]
impl<S: Session> ControlsOfTenant for SqlUnit<'_, S> {
    async fn controls(&mut self, permit: &Permit) -> Result<Option<Controls>, StoreError> {
        self.row(CONTROLS, values![permit.tenant()])
            .await?
            .map(read)
            .transpose()
    }

    async fn put_controls(&mut self, permit: &Permit, controls: &Controls) -> Result<bool, StoreError> {
        permit.covers(&[Action::ChangeControls])?;
        self.changes(
            PUT,
            values![
                permit.tenant(),
                controls.joining,
                controls.free_plan,
                controls.trial_protects,
                controls.second_factor,
                controls.session_seconds,
                lines(&controls.protectors),
                lines(&controls.never_receive),
                controls.contact,
                controls.changed_at
            ],
        )
        .await
    }
}

/// One a line: none of them has a line break.
fn lines(list: &[impl Display]) -> String {
    list.iter().map(|one| format!("{one}\n")).collect()
}

fn list<T: FromStr>(text: &str, what: &'static str) -> Result<Vec<T>, StoreError> {
    text.lines()
        .map(|line| line.parse().map_err(|_| StoreError::Corrupt { what }))
        .collect()
}

fn read(mut row: Row) -> Result<Controls, StoreError> {
    Ok(Controls {
        joining: row.next("controls.joining")?,
        free_plan: row.next("controls.free_plan")?,
        trial_protects: row.next("controls.trial_protects")?,
        second_factor: row.next("controls.second_factor")?,
        session_seconds: row.next("controls.session_seconds")?,
        protectors: list(&row.next::<String>("controls.protectors")?, "controls.protectors")?,
        never_receive: list(
            &row.next::<String>("controls.never_receive")?,
            "controls.never_receive",
        )?,
        contact: row.next("controls.contact")?,
        changed_at: row.next("controls.changed_at")?,
    })
}

const CONTROLS: &str = "SELECT joining, free_plan, trial_protects, second_factor, session_seconds, protectors, \
     never_receive, contact, changed_at FROM controls WHERE tenant = $1";
const PUT: &str = "INSERT INTO controls (tenant, joining, free_plan, trial_protects, second_factor, session_seconds, \
     protectors, never_receive, contact, changed_at) \
     SELECT t.tenant, $2, $3, $4, $5, $6, $7, $8, $9, $10 FROM tenants t WHERE t.tenant = $1 AND t.managed = 1 \
     ON CONFLICT (tenant) DO UPDATE SET joining = excluded.joining, free_plan = excluded.free_plan, \
     trial_protects = excluded.trial_protects, second_factor = excluded.second_factor, \
     session_seconds = excluded.session_seconds, protectors = excluded.protectors, \
     never_receive = excluded.never_receive, contact = excluded.contact, changed_at = excluded.changed_at";
