//! Going through a table, page by page.

use clausa_core::id::TenantId;

use super::{Shape, Whole};
use crate::error::StoreError;
use crate::sql::{Cell, Scope, Value};

/// Rows in one page: few enough for the memory when each is as large as they come.
const PAGE: usize = 256;

/// All tenants of a database.
pub(super) async fn tenants(whole: &mut dyn Whole) -> Result<Vec<TenantId>, StoreError> {
    whole.see(Scope::Directory).await?;
    let rows = whole
        .rows("SELECT tenant FROM tenants ORDER BY tenant", &[])
        .await?;
    rows.into_iter()
        .map(|row| match row.into_iter().next() {
            Some(Cell::Bytes(bytes)) => {
                bytes
                    .try_into()
                    .map(TenantId::from_bytes)
                    .map_err(|_| StoreError::Corrupt {
                        what: "tenants.tenant",
                    })
            }
            _ => Err(StoreError::Corrupt {
                what: "tenants.tenant",
            }),
        })
        .collect()
}

/// Whose rows have to be asked for one after the other to see all of a table.
pub(super) fn scopes(shape: &Shape, tenants: &[TenantId]) -> Vec<Scope> {
    match shape.table.of_tenant {
        true => tenants.iter().map(|tenant| Scope::Tenant(*tenant)).collect(),
        false => vec![Scope::Shared],
    }
}

/// The rows of a table in the order of its key.
pub(super) struct Walk<'s> {
    shape: &'s Shape,
    tenant: Option<TenantId>,
    columns: String,
    last: Option<Vec<Value>>,
    ended: bool,
}

impl<'s> Walk<'s> {
    pub(super) fn new(shape: &'s Shape, scope: Scope) -> Self {
        Self {
            shape,
            tenant: match scope {
                Scope::Tenant(tenant) => Some(tenant),
                _ => None,
            },
            columns: shape.names(),
            last: None,
            ended: false,
        }
    }

    /// The next rows; none when there are no more. The caller has said whose rows are seen.
    pub(super) async fn next(&mut self, whole: &mut dyn Whole) -> Result<Vec<Vec<Cell>>, StoreError> {
        if self.ended {
            return Ok(Vec::new());
        }
        let mut values: Vec<Value> = self.tenant.map(Value::Tenant).into_iter().collect();
        let mut conditions: Vec<String> = Vec::new();
        if self.tenant.is_some() {
            conditions.push("tenant = $1".to_owned());
        }
        let key: Vec<&str> = self
            .shape
            .key
            .iter()
            .filter_map(|place| Some(self.shape.columns.get(*place)?.name.as_str()))
            .collect();
        if let Some(last) = &self.last {
            let places: Vec<String> = (values.len() + 1..)
                .take(last.len())
                .map(|number| format!("${number}"))
                .collect();
            conditions.push(format!("({}) > ({})", key.join(", "), places.join(", ")));
            values.extend(last.iter().cloned());
        }
        let filter = match conditions.is_empty() {
            true => String::new(),
            false => format!(" WHERE {}", conditions.join(" AND ")),
        };
        let (columns, table) = (&self.columns, self.shape.table.name);
        let statement = format!(
            "SELECT {columns} FROM {table}{filter} ORDER BY {} LIMIT {PAGE}",
            key.join(", ")
        );
        let rows = whole.rows(&statement, &values).await?;
        self.ended = rows.len() < PAGE;
        self.last = rows.last().map(|row| {
            let place = |place: &usize| Some(self.shape.columns.get(*place)?.value(row.get(*place)?));
            self.shape.key.iter().filter_map(place).collect()
        });
        Ok(rows)
    }
}
