from tests.formats.conftest import batch as batch  # a fixture
