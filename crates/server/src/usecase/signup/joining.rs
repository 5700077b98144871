//! Whether somebody comes into an organisation by self-service.

use clausa_store::record::tenant::{Plan, Tenant};
use clausa_store::repo::UnitOfWork;
use clausa_store::{Permit, StoreError, SystemAct};

use super::SignupError;
use crate::usecase::controls;

/// Why nobody new comes into `tenant` by self-service; `None` where there is no administrator, or he lets people join.
pub(super) async fn refusal(
    tx: &mut dyn UnitOfWork,
    tenant: &Tenant,
) -> Result<Option<SignupError>, StoreError> {
    let permit = Permit::system(SystemAct::SignUp(tenant.id));
    let Some(controls) = controls::of(tx, &permit, tenant).await? else {
        return Ok(None);
    };
    let (organisation, contact) = (tenant.name.clone(), controls.contact);
    Ok(match controls.joining {
        false => Some(SignupError::JoiningRefused {
            organisation,
            contact,
        }),
        true if tenant.plan == Plan::Individual && !controls.free_plan => {
            Some(SignupError::FreePlanRefused {
                organisation,
                contact,
            })
        }
        true => None,
    })
}
