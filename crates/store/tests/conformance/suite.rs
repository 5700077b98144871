//! What every back end of the store has to do. A back end's own test file brings a [`Fixture`] and calls
//! `conformance!`; a behaviour that is left out of the list is an unused function, which fails the build.

mod accounts;
mod challenges;
mod claims;
mod closing;
mod contents;
mod controls;
mod devices;
mod factors;
mod groups;
mod isolation;
mod issuing;
mod keys;
mod licences;
mod limits;
mod log;
mod log_tree;
mod outbox;
mod sessions;
mod signups;
mod templates;
mod tenants;
mod transactions;
pub mod world;

use clausa_store::Store;

pub use self::{
    accounts::*, challenges::*, claims::*, closing::*, contents::*, controls::*, devices::*, factors::*,
    groups::*, isolation::*, issuing::*, keys::*, licences::*, limits::*, log::*, log_tree::*, outbox::*,
    sessions::*, signups::*, templates::*, tenants::*, transactions::*,
};

/// An empty database of one back end.
#[allow(async_fn_in_trait, reason = "used in tests only")]
pub trait Fixture: Sized {
    /// Whether the machine has what this back end needs.
    fn is_there() -> bool {
        true
    }

    /// Makes an empty database and opens it.
    async fn new() -> Self;

    /// The store.
    fn store(&self) -> &Store;

    /// Closes the store and opens the same database again.
    async fn reopen(self) -> Self;
}

/// Runs every behaviour against one back end.
#[macro_export]
macro_rules! conformance {
    ($fixture:ty) => {
        $crate::conformance! { $fixture:
            a_new_tenant_is_read_back a_tenant_id_is_used_once a_domain_belongs_to_one_tenant
            of_many_claims_to_a_domain_one_wins a_tenant_changes_its_plan_and_nothing_else
            an_account_is_read_back an_address_belongs_to_one_account of_many_claims_to_an_address_one_wins
            simultaneous_sign_ups_make_one_tenant a_password_hash_is_read_back_and_cleared
            keys_are_read_back_newest_first key_sets_only_move_forward settings_are_agreed_on_once
            root_keys_are_read_back
            a_sign_up_goes_from_step_to_step a_sign_up_is_handed_over_while_it_waits_for_its_code
            a_finished_sign_up_signs_in_once expired_sign_ups_are_forgotten
            a_code_works_once five_wrong_codes_are_the_end wrong_tries_survive_a_restart
            parallel_guesses_get_five_tries a_stranger_costs_no_try a_new_mail_voids_the_old_code
            codes_expire_and_serve_one_purpose
            a_token_names_its_caller a_refresh_token_works_once a_stolen_refresh_token_ends_the_session
            of_many_refreshes_one_wins a_refresh_token_needs_its_key ended_sessions_have_no_tokens
            a_closed_account_has_no_sessions signing_in_again_replaces_the_session
            an_authorisation_code_works_once browser_sessions_come_and_go
            an_owner_lists_and_ends_sessions ending_the_others_leaves_one a_proof_stays_with_its_session old_sessions_are_forgotten
            a_factor_is_added_used_and_removed of_many_uses_of_one_code_one_wins
            a_recovery_code_works_once a_waiting_sign_in_has_five_tries
            a_group_is_read_back_and_deleted a_member_is_found_through_groups groups_make_no_circle_and_no_tower
            a_device_is_enrolled_renewed_and_removed removing_a_device_ends_what_it_could_do
            certificates_are_found_until_revoked
            an_owner_is_followed_by_time_and_by_hand closing_ends_what_an_account_could_do
            a_claim_goes_from_state_to_state one_claim_is_in_its_delay of_many_proofs_one_wins
            templates_have_versions_that_never_change archived_templates_are_not_offered
            the_first_licence_for_a_content_id_wins one_of_two_hundred_publications_wins
            a_registration_is_completed_by_the_next a_revocation_is_kept_and_widened
            lost_updates_do_not_happen the_first_use_stands
            a_licence_is_recorded a_revoked_file_gets_no_licence facts_are_what_each_table_says
            no_licence_follows_a_revocation
            a_licence_prepared_for_another_owner_is_not_recorded
            the_log_has_no_gaps parallel_writers_leave_no_gaps the_logs_clock_never_goes_back
            controls_are_kept_for_a_managed_tenant a_caller_is_held_to_the_controls
            everybody_sees_their_own_entries an_administrator_sees_the_managed_tenants_log the_log_is_read_in_pages
            the_log_of_a_file_is_read_alone
            a_log_grows_into_a_tree sequencers_agree evidence_goes_with_its_entry
            a_person_is_forgotten old_entries_are_detached
            a_bucket_empties_and_fills limits_hold_between_callers limits_survive_a_restart full_buckets_are_forgotten
            mail_is_sent_once waiting_mail_is_counted leased_mail_comes_back failed_mail_waits expired_mail_is_forgotten
            a_proof_works_once
            a_failed_transaction_leaves_nothing a_panic_ends_one_transaction_alone a_slow_transaction_is_cut_off
            commits_are_shared failures_are_undone_alone answers_come_after_the_commit a_reader_never_sees_half_a_transaction
            readers_cannot_write what_was_answered_survives_a_restart a_closed_store_says_so
            whoever_left_is_not_served an_observer_is_told_what_failed jobs_own_or_borrow_their_input a_jobs_error_type_takes_the_stores_errors
            one_tenants_permit_finds_nothing_of_another a_permit_covers_its_action_alone
            a_permit_covers_its_file_alone a_permit_covers_its_account_alone
        }
    };
    ($fixture:ty: $($behaviour:ident)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $behaviour() {
            if !<$fixture as conformance::Fixture>::is_there() {
                return;
            }
            conformance::$behaviour(<$fixture as conformance::Fixture>::new().await).await;
        }
    )*};
}
