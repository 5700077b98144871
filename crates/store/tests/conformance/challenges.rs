use clausa_store::record::challenge::{Challenge, ChallengePurpose, CodeAttempt, CodeTry};
use clausa_store::record::hash::{CodeMac, VerifierHash};
use clausa_store::record::ident::ChallengeId;
use clausa_store::{Store, StoreError};

use super::Fixture;
use super::signups::new_signup;
use super::world::*;
use crate::{commit, look};

pub fn new_challenge() -> Challenge {
    Challenge {
        id: ChallengeId::from_bytes(random()),
        purpose: ChallengePurpose::Login,
        address: "janet@contoso.example".parse().unwrap(),
        verifier: VerifierHash::from_bytes(random()),
        code: CodeMac::from_bytes(random()),
        tries_left: 5,
        signup: None,
        created_at: NOW,
        expires_at: NOW.plus_seconds(900),
        used_at: None,
    }
}

fn attempt(challenge: &Challenge) -> CodeAttempt {
    CodeAttempt {
        challenge: challenge.id,
        purpose: challenge.purpose,
        verifier: challenge.verifier,
        code: challenge.code,
        at: NOW,
    }
}

fn wrong(challenge: &Challenge) -> CodeAttempt {
    CodeAttempt {
        code: CodeMac::from_bytes(random()),
        ..attempt(challenge)
    }
}

async fn stored(store: &Store) -> Challenge {
    let challenge = new_challenge();
    commit!(store, [challenge], |tx| tx.create_challenge(challenge).await?);
    challenge
}

async fn try_code(store: &Store, attempt: CodeAttempt) -> CodeTry {
    commit!(store, [attempt], |tx| tx.try_code(attempt).await?)
}

/// SEC-73: single use.
pub async fn a_code_works_once(fixture: impl Fixture) {
    let store = fixture.store();
    let challenge = stored(store).await;
    let answers = at_once(20, |_| {
        let (store, attempt) = (store.clone(), attempt(&challenge));
        async move { try_code(&store, attempt).await }
    })
    .await;
    let right = CodeTry::Right(Challenge {
        used_at: Some(NOW),
        ..challenge.clone()
    });
    assert_eq!(answers.iter().filter(|answer| **answer == right).count(), 1);
    assert_eq!(
        answers.iter().filter(|answer| **answer == CodeTry::Void).count(),
        19
    );
    let (id, purpose, verifier) = (challenge.id, challenge.purpose, challenge.verifier);
    let used = look!(store, [id, purpose, verifier], |tx| tx
        .challenge(*id, *purpose, verifier)
        .await?);
    assert_eq!(used.unwrap().used_at, Some(NOW));
}

/// SEC-73: five tries.
pub async fn five_wrong_codes_are_the_end(fixture: impl Fixture) {
    let store = fixture.store();
    let challenge = stored(store).await;
    for tries_left in (0..5).rev() {
        assert_eq!(
            try_code(store, wrong(&challenge)).await,
            CodeTry::Wrong { tries_left }
        );
    }
    assert_eq!(try_code(store, wrong(&challenge)).await, CodeTry::Void);
    assert_eq!(
        try_code(store, attempt(&challenge)).await,
        CodeTry::Void,
        "the right code comes too late"
    );
}

pub async fn wrong_tries_survive_a_restart(fixture: impl Fixture) {
    let challenge = stored(fixture.store()).await;
    try_code(fixture.store(), wrong(&challenge)).await;
    let fixture = fixture.reopen().await;
    assert_eq!(
        try_code(fixture.store(), wrong(&challenge)).await,
        CodeTry::Wrong { tries_left: 3 }
    );
}

/// SEC-73: guessing in parallel gives no sixth try.
pub async fn parallel_guesses_get_five_tries(fixture: impl Fixture) {
    let store = fixture.store();
    let challenge = stored(store).await;
    let answers = at_once(100, |_| {
        let (store, attempt) = (store.clone(), wrong(&challenge));
        async move { try_code(&store, attempt).await }
    })
    .await;
    let mut left: Vec<u8> = answers
        .iter()
        .filter_map(|answer| match answer {
            CodeTry::Wrong { tries_left } => Some(*tries_left),
            _ => None,
        })
        .collect();
    left.sort_unstable();
    assert_eq!(left, [0, 1, 2, 3, 4]);
    assert_eq!(try_code(store, attempt(&challenge)).await, CodeTry::Void);
}

/// SEC-73: bound to the browser or terminal that began; and nobody else can use up its tries.
pub async fn a_stranger_costs_no_try(fixture: impl Fixture) {
    let store = fixture.store();
    let challenge = stored(store).await;
    for _ in 0..10 {
        let stranger = CodeAttempt {
            verifier: VerifierHash::from_bytes(random()),
            ..attempt(&challenge)
        };
        assert_eq!(try_code(store, stranger).await, CodeTry::Void);
    }
    assert!(
        matches!(try_code(store, attempt(&challenge)).await, CodeTry::Right(right) if right.tries_left == 5)
    );
}

pub async fn a_new_mail_voids_the_old_code(fixture: impl Fixture) {
    let store = fixture.store();
    let signup = new_signup();
    let old = Challenge {
        signup: Some(signup.id),
        purpose: ChallengePurpose::Signup,
        ..new_challenge()
    };
    let new = Challenge {
        id: ChallengeId::from_bytes(random()),
        code: CodeMac::from_bytes(random()),
        ..old.clone()
    };
    commit!(store, [signup, old, new], |tx| {
        tx.create_signup(signup).await?;
        tx.create_challenge(old).await?;
        tx.create_challenge(new).await?
    });
    let id = signup.id;
    assert_eq!(
        look!(store, [id], |tx| tx.challenge_of_signup(*id).await?),
        Some(new.clone())
    );
    assert_eq!(try_code(store, attempt(&old)).await, CodeTry::Void);
    assert!(matches!(try_code(store, attempt(&new)).await, CodeTry::Right(_)));
    // A challenge of a sign-up that does not exist is a mistake of the caller.
    let orphan = Challenge {
        signup: Some(new_signup().id),
        ..new_challenge()
    };
    let result = store
        .transact_with("test", orphan, |orphan, tx| {
            Box::pin(async move { tx.create_challenge(orphan).await })
        })
        .await;
    assert!(matches!(refused(result), StoreError::Reference));
}

/// SEC-73: fifteen minutes, one purpose.
pub async fn codes_expire_and_serve_one_purpose(fixture: impl Fixture) {
    let store = fixture.store();
    let challenge = stored(store).await;
    let late = CodeAttempt {
        at: challenge.expires_at,
        ..attempt(&challenge)
    };
    assert_eq!(try_code(store, late).await, CodeTry::Void);
    let other = CodeAttempt {
        purpose: ChallengePurpose::Signup,
        ..attempt(&challenge)
    };
    assert_eq!(try_code(store, other).await, CodeTry::Void);
    let after = challenge.expires_at.plus_seconds(1);
    assert_eq!(commit!(store, [], |tx| tx.purge_challenges(NOW, 10).await?), 0);
    assert_eq!(
        commit!(store, [after], |tx| tx.purge_challenges(*after, 10).await?),
        1
    );
    assert_eq!(try_code(store, attempt(&challenge)).await, CodeTry::Void);
}
