/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptions of the rules of lint. */
#pragma once

/* Print a line for each rule, and for each number that they go by. */
void atls_rules_list(void);
/* Print what a rule finds, why it matters, what to do. name may be its code. 0; -ENOENT, worded. */
int atls_rules_explain(const char *name);
