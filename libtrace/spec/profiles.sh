#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Print the named profiles as the C table atls_profiles.
echo '#include "spec/spec.h"'
echo 'const struct atls_profile atls_profiles[] = {'
for file; do
	printf '\t{ "%s",\n' "$(basename "$file" .profile)"
	sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/^/\t  "/' -e 's/$/\\n"/' "$file"
	echo '	},'
done
echo '	{ 0, 0 },'
echo '};'
