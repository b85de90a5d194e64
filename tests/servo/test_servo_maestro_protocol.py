# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The Maestro's protocol byte by byte, and the fake board's firmware against the user's guide."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepracer_core.errors import DeviceError
from deepracer_servo.devices import maestro
from deepracer_servo.devices.fake_maestro_board import Board, BoardSettings
from deepracer_servo.devices.maestro import Command, Errors, PacketReader, crc7, join, quarters

CHANNELS = st.integers(0, 23)
TARGETS = st.integers(maestro.SHORTEST, maestro.LONGEST)


def read(data: bytes, crc: bool = False, device_number: int = 12) -> list:
    return list(PacketReader(crc, device_number).read(data))


def board(now: float = 0.0, **settings) -> Board:
    return Board(BoardSettings(**{"listens": True, **settings}), now)


def put_out(fake: Board, channel: int, now: float) -> int:
    fake.advance(now)
    return fake.output(channel)


# --- frames ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("packet", "data"),
    [
        (maestro.set_target(2, 6000), "84 02 70 2e"),  # the guide's own example
        (maestro.set_target(1, 5784), "84 01 18 2d"),
        (maestro.set_speed(5, 140), "87 05 0c 01"),
        (maestro.set_acceleration(0, 0), "89 00 00 00"),
        (maestro.get_position(1), "90 01"),
        (maestro.get_errors(), "a1"),
        (maestro.stop_script(), "a4"),
    ],
)
def test_packets_are_those_of_the_users_guide(packet, data):
    assert packet == bytes.fromhex(data)


@pytest.mark.parametrize(("packet", "crc"), [("83 01", 0x17), ("84 02 70 2e", 0x18), ("", 0)])
def test_crc_has_the_known_values(packet, crc):
    assert crc7(bytes.fromhex(packet)) == crc


def test_each_packet_bears_its_own_crc():
    packets = maestro.get_position(1), maestro.get_errors()
    assert join(packets, crc=False) == bytes.fromhex("90 01 a1")
    expected = bytes([0x90, 0x01, crc7(b"\x90\x01"), 0xA1, crc7(b"\xa1")])
    assert join(packets, crc=True) == expected


@given(st.integers(64_000, 3_280_000))
def test_a_pulse_keeps_a_quarter_of_a_microsecond(pulse_ns):
    assert abs(quarters(pulse_ns) * maestro.QUARTER_NS - pulse_ns) <= maestro.QUARTER_NS / 2


@pytest.mark.parametrize("pulse_ns", [-1, 0, 100, 63_000, 3_281_000, 10**9])
def test_a_pulse_that_would_mean_something_else_is_refused(pulse_ns):
    with pytest.raises(DeviceError, match="correct the calibration"):
        quarters(pulse_ns)


@given(CHANNELS, TARGETS, st.booleans())
def test_every_target_arrives_as_it_was_sent(channel, target, crc):
    data = join((maestro.set_target(channel, target),), crc)
    (command, received), *more = read(data, crc)
    assert (command, received[0], received[1] | received[2] << 7) == (0x84, channel, target)
    assert not more
    assert data[0] & 0x80 and not any(byte & 0x80 for byte in data[1:])


# --- what a board reads ----------------------------------------------------------------------


def test_the_longer_protocol_is_read_for_this_board_only():
    packet = bytes([0xAA, 12, 0x04, 2, 0x70, 0x2E])
    assert read(packet) == [(Command.SET_TARGET, b"\x02\x70\x2e")]
    assert read(packet + bytes([crc7(packet)]), crc=True) == read(packet)
    assert read(packet, device_number=11) == []
    assert read(packet + b"\xa1", device_number=11) == [(Command.GET_ERRORS, b"")]


@pytest.mark.parametrize(
    "data",
    [
        "05",  # data without a command
        "b5",  # no such command
        "aa 0c 35",  # nor in the longer protocol
        "84 01 a1",  # a command within a command
    ],
)
def test_nonsense_is_a_protocol_error(data):
    assert read(bytes.fromhex(data))[0] is Errors.PROTOCOL


def test_an_interrupted_packet_does_not_harm_the_next():
    assert read(b"\x84\x01\xa1") == [Errors.PROTOCOL, (Command.GET_ERRORS, b"")]


def test_a_wrong_crc_is_an_error_and_the_packet_is_ignored():
    assert read(bytes.fromhex("84 02 70 2e 19"), crc=True) == [Errors.CRC]
    assert read(bytes.fromhex("84 02 70 2e 18"), crc=True) == read(bytes.fromhex("84 02 70 2e"))


@given(st.binary(max_size=60), st.integers(0, 60), st.booleans())
def test_bytes_mean_the_same_in_one_piece_and_in_two(data, cut, crc):
    reader = PacketReader(crc, 12)
    assert [*reader.read(data[:cut]), *reader.read(data[cut:])] == read(data, crc)


@given(st.binary(max_size=60), st.booleans())
def test_after_any_bytes_a_whole_packet_is_understood(data, crc):
    *_, last = read(data + join((maestro.get_errors(),), crc), crc)
    assert last == (Command.GET_ERRORS, b"")


@pytest.mark.parametrize(
    ("errors", "words"),
    [
        (0x0000, ""),
        (0x0010, "protocol error"),
        (0x0028, "CRC error, serial time-out"),
        (0x0007, "serial signal error, serial overrun, serial buffer full"),
        (0x01C0, "script stack error, script call stack error, script program counter error"),
    ],
)
def test_errors_are_told_in_words(errors, words):
    assert Errors(errors).in_words == words
    assert not Errors(errors).unknown


def test_bits_that_no_board_sets_are_known_to_be_none():
    assert Errors(0x8220).unknown == 0x8200


# --- the fake board --------------------------------------------------------------------------


def test_a_new_board_ignores_usb_and_puts_nothing_out():
    fake = Board(BoardSettings(), 0.0)
    assert fake.receive(maestro.set_target(0, 6000) + maestro.get_errors(), 0.001) == []
    assert put_out(fake, 0, 1.0) == 0


def test_pulses_follow_their_target_with_the_next_period():
    fake = board()
    answers = fake.receive(maestro.set_target(1, 5785) + maestro.get_position(1), 0.005)
    assert answers == [b"\x00\x00"]
    assert put_out(fake, 1, 0.021) == 1_446_250
    assert fake.receive(maestro.get_position(1), 0.022) == [b"\x99\x16"]
    assert list(fake.history) == [(0.02, 1, 1_446_250)]


def test_targets_beyond_the_limits_of_the_channel_are_clamped():
    fake = board(limits_ns=(1_200_000, 1_600_000))
    fake.receive(maestro.set_target(0, 8000) + maestro.set_target(1, 4000), 0.0)
    assert (put_out(fake, 0, 0.02), put_out(fake, 1, 0.02)) == (1_600_000, 1_200_000)
    fake.receive(maestro.set_target(0, 0), 0.02)
    assert put_out(fake, 0, 0.04) == 0


def test_a_speed_limit_slows_all_but_the_first_pulse():
    fake = board()
    fake.receive(maestro.set_speed(0, 10) + maestro.set_target(0, 6000), 0.0)
    assert put_out(fake, 0, 0.021) == 1_500_000
    fake.receive(maestro.set_target(0, 6100), 0.03)
    assert [put_out(fake, 0, now) for now in (0.041, 0.061, 0.101, 0.141)] == [
        1_505_000,
        1_510_000,
        1_520_000,
        1_525_000,
    ]


def test_the_slowest_acceleration_takes_three_seconds_from_1_to_2_ms():
    fake = board()
    fake.receive(maestro.set_acceleration(0, 1) + maestro.set_target(0, 4000), 0.0)
    assert put_out(fake, 0, 0.02) == 1_000_000
    fake.receive(maestro.set_target(0, 8000), 0.02)
    assert put_out(fake, 0, 2.5) < 1_990_000
    assert put_out(fake, 0, 4.0) == 2_000_000


def test_any_error_sends_all_channels_home_and_stays_until_it_is_read():
    fake = board(homes_ns={0: 1_500_000, 1: None})
    for channel in range(3):
        fake.receive(maestro.set_target(channel, 7000), 0.0)
    assert put_out(fake, 2, 0.02) == 1_750_000
    fake.receive(b"\x05", 0.021)
    assert [put_out(fake, channel, 0.041) for channel in range(3)] == [1_500_000, 1_750_000, 0]
    assert fake.receive(maestro.get_errors() * 2, 0.05) == [b"\x10\x00", b"\x00\x00"]


def test_an_unknown_channel_is_a_protocol_error_without_an_answer():
    fake = board()
    assert fake.receive(maestro.get_position(6), 0.0) == []
    assert fake.errors is Errors.PROTOCOL


def test_go_home_is_no_error():
    fake = board(homes_ns={0: 1_400_000})
    fake.receive(maestro.set_target(0, 7000), 0.0)
    assert put_out(fake, 0, 0.02) == 1_750_000
    fake.receive(bytes([Command.GO_HOME]), 0.02)
    assert put_out(fake, 0, 0.04) == 1_400_000
    assert not fake.errors


def test_silence_sends_the_channels_home_once():
    fake = board(serial_timeout=0.1, homes_ns={1: 1_446_000})
    fake.receive(maestro.set_target(1, 7000), 0.0)
    assert fake.advance(0.02) == 0.04
    assert put_out(fake, 1, 0.099) == 1_750_000
    assert put_out(fake, 1, 0.12) == 1_446_000
    assert fake.errors is Errors.TIMEOUT
    fake.receive(maestro.set_target(1, 7000), 0.2)
    assert put_out(fake, 1, 0.4) == 1_750_000  # the register was not read: no second time-out


def test_a_time_out_that_nobody_watched_is_there_with_the_next_question():
    fake = board(serial_timeout=0.1, homes_ns={1: 1_446_000})
    fake.receive(maestro.set_target(1, 7000), 0.0)
    answers = fake.receive(maestro.get_position(1) + maestro.get_errors(), 0.15)
    assert [int.from_bytes(answer, "little") for answer in answers] == [5784, Errors.TIMEOUT]
    assert [pulse for *_, pulse in fake.history] == [1_750_000, 1_446_000]


def test_any_valid_command_holds_the_time_out_off_and_nonsense_does_not():
    fake = board(serial_timeout=0.1)
    for tick in range(1, 10):
        fake.receive(maestro.get_position(0), tick * 0.09)
        fake.advance(tick * 0.09)
    assert not fake.errors
    fake.receive(b"\x05", 0.9)
    fake.advance(0.92)
    assert fake.errors == Errors.PROTOCOL | Errors.TIMEOUT
