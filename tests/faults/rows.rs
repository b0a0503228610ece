//! The table of faults, row by row, and the tests that hold each of them.
//!
//! A row begins with a dash: the fault, then what should happen. Its tests stand below it, as `module::test`
//! of these tests, or with the folder before it; that each of them is there is a test itself.
//!
//! - A broker is killed in the middle of sends. A one-shot ends with 6, the three figures and the first
//!   unconfirmed line; with `--reconnect` whatever has no receipt is sent again, and how much the broker may have
//!   twice is said, never too little.
//!   - `sending::a_broker_killed_in_the_middle_of_sends_leaves_figures_that_match_the_wire`
//!   - `sending::a_broker_killed_in_the_middle_of_sends_with_reconnect_gets_them_again_and_it_is_said`
//!   - `errors::a_reply_with_reconnect_goes_on_after_an_answer_was_lost`
//!   - `errors::a_request_a_reply_and_a_move_that_fail_have_figures`
//!   - `windows::what_is_sent_again_is_what_had_no_receipt_in_whatever_order_those_came`
//!   - `thousand::forced_reconnects_lose_no_confirmed_message_of_the_program`
//!   - `thousand::forced_reconnects_lose_no_confirmed_message_of_the_library`
//!   - `thousand::forced_reconnects_over_websocket_lose_nothing`
//!   - `large::a_large_file_is_sent_again_from_its_beginning_after_a_reconnect`
//!   - `tests/integration/failures::a_broker_killed_while_lines_are_sent_leaves_an_exact_account`
//!   - `tests/integration/failures::a_broker_killed_with_a_full_window_leaves_the_rest_unsent`
//! - A reset at any byte, both ways. Before CONNECTED: 3. A SEND without its receipt: 6. DISCONNECT with all
//!   receipts in: 0. Half a MESSAGE is neither printed nor acked; of one above 1 MiB a file is cut back, and
//!   a pipe and a terminal have nothing.
//!   - `bytewise::a_reset_at_any_byte_of_a_send_leaves_no_doubt_about_what_is_known`
//!   - `bytewise::a_reset_before_connected_is_3_a_send_without_its_receipt_6_and_a_disconnect_0`
//!   - `bytewise::half_a_message_is_neither_printed_nor_acked`
//!   - `sending::an_end_in_place_of_the_receipt_of_disconnect_is_success_where_all_receipts_are_in`
//!   - `receiving::messages_that_came_before_a_reset_are_printed`
//!   - `receiving::a_large_message_whose_end_does_not_come_is_cut_off_the_file_again`
//!   - `receiving::a_large_message_whose_end_does_not_come_is_not_in_a_pipe_at_all`
//!   - `receiving::a_large_message_that_was_cut_short_comes_whole_after_a_reconnect`
//!   - `terminal::half_a_large_message_is_not_shown_on_a_terminal`
//!   - `outputs::half_a_large_message_is_not_in_the_output_of_a_script`
//!   - `outputs::half_a_large_answer_is_not_printed`
//! - No receipt for 30 s without any progress, as of a blocked broker: 6; the shell says so and stays.
//!   - `sending::no_receipt_for_the_receipt_timeout_is_an_unknown_outcome`
//!   - `sending::a_blocked_broker_that_reads_nothing_ends_after_the_receipt_timeout_too`
//!   - `windows::a_receipt_that_never_comes_leaves_exactly_that_message_unknown`
//!   - `terminal::the_shell_says_that_no_receipt_came_and_stays`
//!   - `reconnecting::a_client_that_stays_is_told_of_missing_receipts_and_keeps_its_connection`
//! - A SEND that the broker refuses in silence is never called confirmed.
//!   - `sending::a_send_that_the_broker_refuses_in_silence_is_never_called_confirmed`
//!   - `windows::a_receipt_that_never_comes_leaves_exactly_that_message_unknown`
//! - Confirmed is what has its receipt, or that of its COMMIT. What asked for none is unknown, and 6 unless the broker
//!   answers DISCONNECT or closes in order; nothing is 0 after an ERROR; lines are counted as the user counts them.
//!   - `truth::a_send_in_a_transaction_is_confirmed_by_its_commit_alone`
//!   - `truth::a_commit_without_a_receipt_leaves_its_sends_unknown`
//!   - `truth::a_transaction_that_was_never_begun_is_refused_before_anything_is_sent`
//!   - `truth::what_was_sent_without_a_receipt_is_unknown_unless_the_end_is_in_order`
//!   - `truth::a_reset_leaves_the_figures_of_what_was_sent_without_a_receipt`
//!   - `truth::a_websocket_that_is_closed_with_an_error_proves_nothing`
//!   - `truth::nothing_ends_with_0_after_an_error`
//!   - `truth::the_first_unconfirmed_line_is_the_one_that_the_user_counts`
//!   - `truth::with_a_rate_the_last_message_has_the_receipt_too`
//! - A connection is lost between a message and its ack. `mirror` and `move` lose nothing, and say how many messages may
//!   be in the target twice, never too few.
//!   - `mirroring::a_mirror_whose_connections_are_reset_on_both_sides_loses_nothing`
//!   - `mirroring::messages_whose_ack_was_lost_are_said_to_be_there_twice`
//!   - `mirroring::a_move_without_transactions_says_what_may_be_there_twice`
//! - The connection ends behind the last ack of `sub -c N`. The other messages of the queue are untouched.
//!   - `taking::a_sub_that_counts_ends_its_subscription_before_the_broker_delivers_others`
//!   - `taking::a_sub_that_counts_leaves_the_others_untouched`
//!   - `taking::with_exec_each_ack_follows_its_command_and_one_message_is_asked_for_at_a_time`
//!   - `taking::acks_that_are_held_are_sent_when_no_more_messages_arrive`
//!   - `taking::a_commit_of_the_last_acks_that_is_refused_is_5`
//! - A peer accepts and then says nothing. One deadline over name look-up, TCP, TLS, WebSocket and CONNECTED, on
//!   reconnect too: 3.
//!   - `connecting::a_peer_that_says_nothing_runs_into_the_one_deadline`
//!   - `connecting::a_peer_that_says_a_little_again_and_again_runs_into_the_same_deadline`
//!   - `connecting::a_websocket_that_opens_and_then_says_nothing_runs_into_the_deadline_too`
//!   - `connecting::a_peer_that_says_nothing_on_reconnect_is_left_after_the_deadline_and_tried_again`
//! - A half-open link is found within twice the heart-beat; without heart-beats there is TCP keep-alive, and
//!   one warning.
//!   - `links::a_half_open_link_is_found_by_its_silence_after_twice_the_heart_beat`
//!   - `links::a_half_open_link_is_left_and_made_again`
//!   - `links::without_heart_beats_there_is_one_warning`
//!   - `src/session/heart_beats::half_the_interval_out_and_twice_the_interval_and_a_moment_in`
//!   - `src/transport/tcp::a_connection_has_no_delay_and_keep_alive`
//! - Slow standard output, a slow reader. Heart-beats go on, memory is bounded, the socket is not read, nothing is
//!   dropped.
//!   - `receiving::slow_standard_output_keeps_heart_beats_going_and_memory_bounded_and_drops_nothing`
//!   - `commands::a_message_is_acked_when_its_own_command_has_ended`
//!   - `answering::heart_beats_go_on_while_a_command_makes_the_answer`
//! - A large body on a slow link is no time-out: any byte is life.
//!   - `links::a_large_body_on_a_slow_link_makes_no_false_time_out`
//!   - `links::a_link_that_stands_still_for_a_while_is_no_loss`
//!   - `large::heart_beats_and_ctrl_c_work_while_a_large_message_comes`
//! - A broker restarts under a shell. It reconnects, with pauses that grow, and resubscribes; what was sent without a
//!   receipt is reported unknown and not sent again; open transactions are reported aborted; old deliveries cannot
//!   be acked.
//!   - `reconnecting::a_broker_that_restarts_finds_the_subscriptions_again_and_nothing_that_was_sent`
//!   - `reconnecting::pauses_grow_while_connections_are_good_for_nothing`
//!   - `reconnecting::part_of_a_transaction_is_never_sent_again`
//!   - `reconnecting::a_sub_goes_on_after_a_restart_and_acks_nothing_of_the_time_before`
//!   - `terminal::a_broker_that_restarts_under_the_shell_leaves_nothing_unsaid`
//!   - `terminal::what_a_shell_sent_without_a_receipt_is_unknown_and_is_not_sent_again`
//!   - `tests/shell/prompt::a_lost_connection_is_told_above_the_line_and_made_again`
//!   - `src/client/backoff::a_stable_minute_or_a_new_confirmation_brings_the_first_pause_back`
//! - A login that is refused, at first or on reconnect: 4, never retried.
//!   - `connecting::a_login_that_is_refused_is_4_and_never_tried_again`
//!   - `connecting::a_login_that_is_refused_ends_a_failover_list_too`
//!   - `connecting::a_login_that_is_refused_on_reconnect_is_4_with_the_figures_and_never_tried_again`
//! - TLS with the wrong host, expired, of an unknown authority: 4, with the reason and the option that helps; never
//!   retried, never fallen back from.
//!   - `connecting::a_tls_identity_that_is_wrong_is_4_never_tried_again_and_never_fallen_back_from`
//! - Plain to a TLS port and the reverse: 3, "this port speaks TLS".
//!   - `connecting::plain_to_a_tls_port_and_the_reverse_are_3_and_say_what_the_port_speaks`
//! - ERROR in any state names the frame that it answers where it can; the shell survives and shows that it is
//!   disconnected.
//!   - `sending::an_error_in_place_of_connected_is_a_refusal`
//!   - `sending::an_error_that_names_a_send_names_its_line`
//!   - `sending::an_error_for_a_single_send_is_a_refusal_of_it`
//!   - `sending::an_error_for_a_send_without_a_receipt_is_seen_before_the_end`
//!   - `sending::an_error_for_a_subscribe_ends_the_sub`
//!   - `sending::an_error_out_of_the_blue_ends_the_sub`
//!   - `sending::an_error_in_place_of_the_receipt_of_disconnect_changes_nothing_that_is_confirmed`
//!   - `errors::an_error_and_then_the_end_are_a_loss_with_reconnect_and_a_refusal_without`
//!   - `errors::an_error_that_comes_on_each_connection_is_a_refusal_in_the_end`
//!   - `errors::an_error_after_which_the_connection_stays_ends_a_sub_with_reconnect_too`
//!   - `errors::an_error_whose_content_length_is_too_large_is_shown_when_nothing_more_comes`
//!   - `errors::a_login_whose_refusal_has_a_wrong_content_length_is_4_before_the_deadline_too`
//!   - `errors::an_error_whose_message_spans_lines_is_shown_whole`
//!   - `errors::of_several_errors_the_first_is_the_cause`
//!   - `acking::an_error_that_answers_the_last_ack_is_5_and_nothing_is_called_taken`
//!   - `acking::an_ack_whose_disconnect_has_no_answer_is_not_confirmed`
//!   - `acking::an_ack_that_was_lost_with_its_connection_is_not_confirmed_by_the_next_one`
//!   - `acking::nothing_counts_that_follows_the_receipt_of_disconnect`
//!   - `acking::a_move_by_acks_says_so_if_the_last_ack_is_refused`
//!   - `windows::an_error_in_the_middle_leaves_the_figures_of_what_the_broker_saw`
//!   - `inputs::a_begin_that_is_refused_leaves_figures`
//!   - `busy::an_error_is_told_though_messages_do_not_cease`
//!   - `reconnecting::an_error_leaves_a_client_that_stays_with_what_it_refused_and_its_words`
//!   - `terminal::the_shell_survives_an_error_in_any_state_and_shows_that_it_is_disconnected`
//! - Disk full, standard output closed: 8, 141; the message that was not written is not acked; no panic.
//!   - `receiving::on_a_full_disk_the_sub_ends_with_8_and_acks_nothing`
//!   - `receiving::on_a_disk_that_fills_up_what_was_written_is_acked_and_half_a_message_is_taken_back`
//!   - `receiving::a_folder_on_a_disk_that_fills_up_holds_no_half_message`
//!   - `receiving::standard_output_that_was_closed_ends_the_sub_with_141_and_acks_what_it_took`
//!   - `receiving::standard_output_that_was_closed_from_the_start_acks_nothing`
//!   - `outputs::a_full_disk_is_8_and_a_closed_output_141_whatever_is_written`
//!   - `outputs::a_standard_output_that_was_never_open_is_8_and_consumes_nothing`
//! - Ctrl-C, SIGTERM, SIGHUP. A one-shot takes no more input, waits up to 5 s for receipts, aborts open transactions and
//!   ends with 130, 143 or 129; a second signal ends at once.
//!   - `signals::a_send_that_is_stopped_reads_no_more_and_waits_for_its_receipts`
//!   - `signals::receipts_that_do_not_come_after_a_signal_leave_the_exact_figures`
//!   - `signals::a_single_message_is_waited_for_too`
//!   - `signals::a_second_signal_ends_at_once`
//!   - `signals::a_transaction_that_is_stopped_is_aborted`
//!   - `truth::a_signal_leaves_the_figures_of_a_transaction`
//!   - `truth::a_hang_up_gives_the_figures_and_is_ignored_under_nohup`
//!   - `signals::a_large_body_under_way_can_be_stopped`
//!   - `signals::reading_a_body_from_a_pipe_can_be_stopped`
//!   - `signals::a_sub_that_is_stopped_takes_its_leave`
//!   - `stopping::a_signal_ends_whatever_is_connecting`
//!   - `stopping::a_signal_ends_whatever_waits_for_its_first_receipt`
//!   - `stopping::a_second_signal_ends_whatever_takes_its_leave_at_once`
//!   - `stopping::a_sub_whose_output_stands_still_is_stopped_and_acks_no_more_than_was_taken`
//!   - `stopping::a_signal_between_two_connections_ends_it_with_the_figures`
//!   - `stopping::a_script_that_is_stopped_says_what_is_known_of_its_sends`
//!   - `commands::after_a_signal_no_further_command_is_run`
//!   - `answering::a_signal_ends_a_reply_whose_command_still_runs`
//!   - `terminal::a_password_that_is_asked_for_is_not_shown_and_a_signal_gives_the_echo_back`
//!   - `terminal::a_signal_ends_a_shell_whose_command_waits`
//!   - `tests/shell/prompt::ctrl_c_clears_the_line_then_warns_then_leaves`
//!   - `tests/shell/prompt::ctrl_c_cancels_a_running_command`
//!   - `tests/shell/prompt::the_terminal_is_as_before_after_a_signal`
//! - A WebSocket's handshake is refused, or the server closes with a code. What it wants, which option gives it, what
//!   the code means; 4 for a login. A message that is too big is sent in smaller ones after a reconnect.
//!   - `websocket::a_handshake_that_is_refused_says_what_the_server_wants_and_which_option_gives_it`
//!   - `websocket::a_close_code_is_explained_in_words`
//!   - `websocket::after_a_message_that_was_too_big_a_reconnect_sends_smaller_ones`
//! - The broker is not up yet: 3 at once; with `--reconnect` or `--wait` it is waited for, up to the limit.
//!   - `connecting::where_nothing_listens_a_one_shot_fails_at_once`
//!   - `connecting::a_broker_that_is_not_up_yet_is_waited_for_no_longer_than_the_limit`
//!   - `connecting::a_broker_that_comes_up_is_found_by_whatever_waits_for_it`
//! - A WebSocket server replaces bytes of a body, and its content-length is wrong then: one warning, and the
//!   subscription goes on; a body that it would change is sent with the type that it leaves alone.
//!   - `text_messages::a_text_message_that_ends_in_nul_ends_its_frame_whatever_content_length_says`
//!   - `text_messages::a_wrong_content_length_in_a_binary_message_breaks_the_protocol_as_ever`
//!   - `text_messages::a_binary_body_goes_over_websocket_with_the_content_type_that_keeps_it`
//! - The clock jumps an hour: nothing.
//!   - `clock::a_clock_that_jumps_an_hour_changes_nothing`

use std::path::Path;

/// Rows of the table.
const ROWS: usize = 22;

/// Whether a file has a test of this name.
fn has_test(source: &str, name: &str) -> bool {
    let function = format!("fn {name}(");
    let Some(at) = source.find(&function) else { return false };
    // Its attribute stands just above it; a case of the integration tests is named in their list.
    let before = source[..at].trim_end_matches("async ").trim_end();
    let attribute = before.lines().next_back().unwrap_or_default().trim();
    attribute.starts_with("#[test]")
        || attribute.starts_with("#[tokio::test")
        || source.contains(&format!("case!({name})"))
}

#[test]
fn each_row_of_the_table_has_its_tests_and_each_of_them_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut rows, mut tests_of_row) = (0, 1);
    for line in include_str!("rows.rs").lines().map_while(|line| line.strip_prefix("//!")) {
        if line.starts_with(" - ") {
            assert!(tests_of_row > 0, "a row before '{line}' has no test");
            (rows, tests_of_row) = (rows + 1, 0);
        } else if let Some(named) = line.strip_prefix("   - `").and_then(|rest| rest.strip_suffix('`')) {
            let (module, name) = named.split_once("::").unwrap_or_else(|| panic!("'{named}' names no test"));
            let folder = if module.contains('/') { "" } else { "tests/faults/" };
            let path = root.join(format!("{folder}{module}.rs"));
            let source =
                std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            assert!(has_test(&source, name), "{} has no test {name}", path.display());
            tests_of_row += 1;
        }
    }
    assert!(tests_of_row > 0, "the last row has no test");
    assert_eq!(rows, ROWS);
}

#[test]
fn each_harm_that_the_proxy_can_do_is_done_by_a_test() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults");
    let sources: String = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| !["proxy.rs", "rows.rs"].iter().any(|own| path.ends_with(own)))
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect();
    let abilities = [
        "Harm::Reset)",
        "Harm::Close)",
        "Harm::Stall)",
        "Harm::Vanish)",
        "rate, ..",
        "Pieces::Split(",
        "Pieces::Merge(",
    ];
    for ability in abilities {
        assert!(sources.contains(ability), "no test uses {ability}");
    }
}
