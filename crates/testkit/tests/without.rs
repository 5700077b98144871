//! Near the end of a whole run: what could not be tested on this machine.

use clausa_testkit::PostgresServer;

#[test]
fn a_missing_postgresql_is_said() {
    // Says so itself; where it is required, its absence is a failure.
    let _ = PostgresServer::is_there();
}
