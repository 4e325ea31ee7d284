/* SPDX-License-Identifier: Apache-2.0 */
/* What the rules of lint are, for people. */
#pragma once

/* Print a line for each rule, and for each number that they go by. */
void atls_rules_list(void);
/* Print what a rule, given by name or code, finds, why it matters, and what to do. 0, or -ENOENT, worded. */
int atls_rules_explain(const char *name);
