# SPDX-License-Identifier: GPL-2.0
#
# Build the modules in a directory of sources of DKMS.
#
#   make -f dkms.mk KDIR=DIR [clean]

kbuild = $(MAKE) -C "$(KDIR)" M="$(CURDIR)" \
	FAMFS_DAX_SOURCE="$(CURDIR)/dax-source" \
	CONFIG_FAMFS_EXTENT=m CONFIG_FSDEV_DAX=m CONFIG_FAMFS=m

modules:
	./dax-headers "$(KDIR)" dax-source
	+$(kbuild) modules

clean:
	+$(kbuild) clean
	rm -rf dax-source

.PHONY: modules clean
