// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// A translation unit with nothing of its own: the header under test is put in front of it.
